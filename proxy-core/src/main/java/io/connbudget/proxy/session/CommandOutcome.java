package io.connbudget.proxy.session;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one command was and how it ended, as far as the pins of its session depend on it. One per {@link SessionFold}, for
 * each command anew.
 */
final class CommandOutcome {
    /** Code that the classifier cannot see runs: any announced change may hide another one. */
    static final long RUNS_HIDDEN_CODE = CALLS_ROUTINE | CALLS_UNKNOWN_FUNCTION | WRITES_DATA | SQL_EXECUTE;

    private static final int UNKNOWN_STATEMENT = 1243;

    /** Errors of a statement of which nothing was done: syntax, access, no schema selected, unknown prepared statement. */
    private static final Set<Integer> REFUSED_BEFORE_START =
            Set.of(1064, 1149, 1044, 1046, 1142, 1143, 1227, 1370, UNKNOWN_STATEMENT);

    /** Errors of a statement whose names were looked up and not found: no code of the database has run. */
    private static final Set<Integer> NOT_FOUND = Set.of(1049, 1051, 1054, 1109, 1146, 1305);

    private Command command = Command.UNKNOWN;
    private StatementFacts facts = StatementFacts.PLAIN;
    private StatementFacts effect = StatementFacts.PLAIN;
    private @Nullable String schemaBefore;
    private @Nullable List<@Nullable String> row;
    private boolean failed;
    private boolean neverStarted;

    void begin(Command ofClient, @Nullable String schema) {
        command = ofClient;
        schemaBefore = schema;
        row = null;
        failed = false;
        neverStarted = false;
    }

    /**
     * Sets what the classifier found.
     *
     * @param ofCommand in its text
     * @param whatItDoes the same; for an EXECUTE the facts of the statement that it runs, where they are known
     */
    void facts(StatementFacts ofCommand, StatementFacts whatItDoes) {
        facts = ofCommand;
        effect = whatItDoes;
    }

    /** Takes the values of the one row that the command answers. */
    void row(List<@Nullable String> values) {
        row = values;
    }

    /**
     * Takes the error that the command ended with.
     *
     * @return whether the server may have done, and not announced, a part of it
     */
    boolean failed(int code) {
        failed = true;
        // Code of the database may fail so behind its first steps.
        neverStarted =
                REFUSED_BEFORE_START.contains(code) && (code == UNKNOWN_STATEMENT || !effect.hasAny(RUNS_HIDDEN_CODE));
        return !neverStarted && !NOT_FOUND.contains(code);
    }

    Command command() {
        return command;
    }

    StatementFacts facts() {
        return facts;
    }

    /** What the command really does: for an EXECUTE, what the statement does that it runs. */
    StatementFacts effect() {
        return effect;
    }

    /** The session's schema in front of the command. */
    @Nullable String schemaBefore() {
        return schemaBefore;
    }

    /** The values of the one row that the command answered; null where they are not known. */
    @Nullable List<@Nullable String> row() {
        return row;
    }

    boolean failed() {
        return failed;
    }

    /** Whether its error says that the statement was refused as a whole. */
    boolean neverStarted() {
        return neverStarted;
    }
}
