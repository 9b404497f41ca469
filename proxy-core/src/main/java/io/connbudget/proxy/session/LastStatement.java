package io.connbudget.proxy.session;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import org.jspecify.annotations.Nullable;

/**
 * What a session's last statement left for the next one to ask for: ROW_COUNT(), FOUND_ROWS(), warnings. Learnt from its
 * answer, so that the next statement can be told on another backend. Owned by the client's event loop.
 *
 * <p>The servers differ: MySQL forgets the warnings with the next statement that does not look at them, MariaDB with the
 * next one that uses a table or leaves warnings itself.
 */
public final class LastStatement {
    /** A count that is not known here. */
    public static final long UNKNOWN = Long.MIN_VALUE;

    private final boolean mariaDb;
    private long rowCount;
    private boolean rowCountDiffers;
    private long rowCountBefore;
    private boolean rowCountDifferedBefore;
    private boolean rowCountThere;
    /** The backend that ran the last statement has the session's FOUND_ROWS(). */
    private boolean foundRowsThere;

    private long foundRows;
    private long foundRowsBefore;
    private long resultRows;
    private boolean resultSet;
    private boolean cursor;
    private boolean keepsDiagnostics;
    private boolean diagnosticsLeft;
    private boolean diagnosticsUncertain;
    /** The backend may hold diagnostics of other sessions. */
    private boolean amongOthers = true;
    /**
     * Diagnostics of earlier statements are there, of other sessions or perhaps at another backend, which this command does
     * not make the server forget.
     */
    private boolean behindOthers;

    private byte @Nullable [] warnings;

    LastStatement(boolean mariaDb) {
        this.mariaDb = mariaDb;
        // A login, a reset and a change of user count as a statement of one row in some cases.
        this.foundRows = UNKNOWN;
    }

    boolean mariaDb() {
        return mariaDb;
    }

    /** What ROW_COUNT() gives, or {@link #UNKNOWN}. */
    public long rowCount() {
        return rowCount;
    }

    /** What FOUND_ROWS() gives, or {@link #UNKNOWN}. */
    public long foundRows() {
        return foundRows;
    }

    /** Whether the backend that ran the last statement gives the right FOUND_ROWS(). */
    public boolean foundRowsThere() {
        return foundRowsThere;
    }

    /** The next statement runs on another backend, or other statements have run on this one since. */
    public void moved() {
        foundRowsThere = false;
        rowCountThere = false;
        amongOthers = true;
    }

    /** What SHOW WARNINGS must answer, in packets as a backend sends them; null when there is nothing to list. */
    public byte @Nullable [] warnings() {
        return warnings;
    }

    /** Whether the backend of the last statement may hold warnings or errors that are not in {@link #warnings()} yet. */
    public boolean diagnosticsLeft() {
        return diagnosticsLeft;
    }

    /** Whether the server may have forgotten {@link #warnings()} since. */
    public boolean diagnosticsUncertain() {
        return diagnosticsUncertain;
    }

    /** Whether the backend that ran the last command holds the session's diagnostics and no others. */
    public boolean diagnosticsThere() {
        return !diagnosticsUncertain && (mariaDb || !amongOthers);
    }

    /** Records the server's answer to SHOW WARNINGS, unless a statement was answered without a backend meanwhile. */
    public void warningsRead(byte[] packets) {
        if (!diagnosticsLeft) {
            return;
        }
        warnings = packets;
        diagnosticsLeft = false;
        diagnosticsUncertain = false;
    }

    void begin(Command command, StatementFacts facts) {
        foundRowsBefore = foundRows;
        foundRows = UNKNOWN;
        resultSet = false;
        cursor = false;
        resultRows = 0;
        boolean text = command == Command.QUERY || command == Command.STMT_EXECUTE;
        rowCountBefore = rowCount;
        rowCountDifferedBefore = rowCountDiffers;
        rowCount = UNKNOWN;
        rowCountDiffers = false;

        boolean forgets = text || command == Command.STMT_PREPARE;
        behindOthers = !mariaDb && !forgets && (warnings != null || diagnosticsUncertain || amongOthers);
        amongOthers &= !forgets;
        keepsDiagnostics = text && looksOnly(facts);
        if (keepsDiagnostics) {
            return;
        }
        if (text && (!mariaDb || usesTables(facts))) {
            forgetDiagnostics();
        } else {
            diagnosticsUncertain |= warnings != null;
        }
    }

    private static boolean looksOnly(StatementFacts facts) {
        return facts.has(OBSERVES_DIAGNOSTICS)
                && facts.statements() == 1
                && (facts.verb().equals("SHOW") || facts.verb().equals("GET"));
    }

    private static boolean usesTables(StatementFacts facts) {
        return facts.has(WRITES_DATA) && facts.statements() == 1;
    }

    private void forgetDiagnostics() {
        warnings = null;
        diagnosticsLeft = false;
        diagnosticsUncertain = false;
    }

    private void newDiagnostics() {
        warnings = null;
        diagnosticsLeft = true;
        diagnosticsUncertain = false;
    }

    private void addDiagnostics() {
        if (behindOthers) {
            mixDiagnostics();
        } else {
            newDiagnostics();
        }
    }

    /** There are diagnostics, of which no backend has all. */
    private void mixDiagnostics() {
        warnings = null;
        diagnosticsLeft = false;
        diagnosticsUncertain = true;
    }

    /** Whether the backend that ran the last command gives the right ROW_COUNT(); not where the session counts found rows. */
    public boolean rowCountThere() {
        return rowCountThere && !rowCountDiffers;
    }

    /**
     * A result has come.
     *
     * @param affectedRows as the client sees it; -1 for the end of a result set of {@code rows}
     * @param differs whether the backend counted otherwise
     */
    void succeeded(long affectedRows, boolean differs, long rows, int warningCount) {
        rowCount = affectedRows;
        rowCountThere = true;
        rowCountDiffers = differs;
        if (affectedRows < 0) {
            resultSet = true;
            resultRows = rows;
        }
        if (!keepsDiagnostics) {
            // A command that makes MySQL forget none counts those that other sessions have left there.
            if (warningCount > 0 && (mariaDb || !amongOthers)) {
                newDiagnostics();
            }
        } else if (affectedRows >= 0 && warningCount > 0) {
            // GET DIAGNOSTICS of a condition that there is not is answered with OK, adds an error, and has ROW_COUNT()
            // -1.
            newDiagnostics();
            rowCount = UNKNOWN;
        } else if (affectedRows >= 0) {
            // GET DIAGNOSTICS keeps the count that it may have been asked for.
            rowCount = rowCountBefore;
            rowCountDiffers = rowCountDifferedBefore;
        }
    }

    void failed() {
        rowCount = -1;
        rowCountThere = true;
        addDiagnostics();
        foundRowsBefore = UNKNOWN;
    }

    void end(Command command, StatementFacts facts) {
        if (command == Command.FIELD_LIST && !mariaDb) {
            // It warns that it is deprecated, counts no warning, and forgets none.
            addDiagnostics();
        }
        if (facts.statements() != 1 || facts.hasAny(CALLS_ROUTINE | CALLS_UNKNOWN_FUNCTION | SQL_EXECUTE)) {
            rowCount = UNKNOWN;
            return;
        }
        if (command == Command.STMT_PREPARE) {
            preparedOne();
            return;
        }
        if (command != Command.QUERY && command != Command.STMT_EXECUTE) {
            rowCountThere = false;
            rowCount = UNKNOWN;
            return;
        }
        if (cursor) {
            rowCount = UNKNOWN;
            return;
        }
        foundRowsThere |= resultSet && facts.verb().equals("SELECT");
        boolean whole = resultSet && !facts.hasAny(CALC_FOUND_ROWS | LIMITS_ROWS | UNTERMINATED);
        if (facts.verb().equals("SELECT") && whole) {
            foundRows = resultRows;
        } else if (facts.hasAny(BEGINS_TRANSACTION | ENDS_TRANSACTION | SAVEPOINT) && !facts.has(SETS_VARIABLE)) {
            foundRows = foundRowsBefore;
        }
    }

    /** A preparation that has succeeded leaves the counts as they were. */
    private void preparedOne() {
        if (rowCount == UNKNOWN) {
            rowCount = rowCountBefore;
            rowCountDiffers = rowCountDifferedBefore;
        }
        foundRows = foundRowsBefore;
    }

    /** The result that has come is a cursor's, whose rows are still to be fetched. */
    void cursorOpened() {
        cursor = true;
    }

    /**
     * The statement was a SELECT of one row, of values like these, that was answered without a backend.
     *
     * @param warned whether the server would have left a warning, which is not known here
     */
    public void answeredSelect(boolean warned) {
        answeredCount();
        if (!mariaDb) {
            forgetDiagnostics();
        }
        diagnosticsUncertain |= warned;
    }

    /** The statement was SHOW COUNT(*), which forgets no diagnostics, answered without a backend. */
    public void answeredCount() {
        rowCount = -1;
        foundRows = 1;
        foundRowsThere = false;
    }

    /** The statement was SHOW WARNINGS or SHOW ERRORS, answered without a backend. */
    public void answeredShow() {
        rowCount = -1;
    }

    /** The statement was refused without a backend, with an error that the server would list among its diagnostics. */
    public void answeredError() {
        rowCount = -1;
        foundRows = UNKNOWN;
        foundRowsThere = false;
        rowCountThere = false;
        mixDiagnostics();
    }

    /** The statement was refused by the backend before it was sent, with an error that the backend has among its diagnostics, alone. */
    public void refusedThere() {
        answeredError();
        amongOthers = false;
        newDiagnostics();
    }

    /** COM_STMT_PREPARE was answered without a backend. */
    public void preparedElsewhere() {
        begin(Command.STMT_PREPARE, StatementFacts.PLAIN);
        preparedOne();
        moved();
    }

    /** A command without text was answered by the backend. */
    void answeredThere() {
        rowCount = UNKNOWN;
    }

    /** A command without text was answered without a backend, by OK or by EOF. */
    public void answeredHere(boolean ok) {
        rowCount = ok ? 0 : -1;
        rowCountThere = false;
    }

    void reset() {
        rowCount = 0;
        foundRows = UNKNOWN;
        forgetDiagnostics();
    }
}
