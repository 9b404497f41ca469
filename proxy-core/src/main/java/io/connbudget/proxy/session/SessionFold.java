package io.connbudget.proxy.session;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.response.OkView;
import io.connbudget.wire.response.SessionTrack;
import io.connbudget.wire.response.SessionTrackVisitor;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Folds what the server announced and what the classifier found about one command into the session: its replayable state
 * and its pins. The server's announcements tell values, the classifier tells what the server does not announce (FACTS,
 * section 4); what neither explains pins.
 *
 * <pre>
 *   begin(facts) -- ok(...) for each OK or end of rows -- error() at most once --> end()
 * </pre>
 *
 * One per client, on its event loop.
 */
public final class SessionFold implements SessionTrackVisitor {
    /** Facts behind which the server's bare "state changed" holds nothing beyond what the fact says itself. */
    private static final long EXPLAIN_STATE_CHANGE = ASSIGNS_USER_VARIABLE
            | CREATES_TEMPORARY_TABLE
            | DROPS_TABLE
            | SQL_PREPARE
            | SQL_DEALLOCATE
            | SETS_ROLE
            | SETS_TRANSACTION
            | USES_SCHEMA
            | SET_STATEMENT;

    /** Code that the classifier cannot see runs: any announced change may hide another one. */
    private static final long RUNS_HIDDEN_CODE = CALLS_ROUTINE | CALLS_UNKNOWN_FUNCTION | WRITES_DATA | SQL_EXECUTE;

    /** State that the server may keep without saying so. */
    private static final long HIDES =
            CALLS_ROUTINE | CALLS_UNKNOWN_FUNCTION | PREPARED_TEXT_UNKNOWN | SETS_SESSION_TRACKING | ADVANCES_SEQUENCE;

    private static final int UNKNOWN_STATEMENT = 1243;

    /** Errors of a statement of which nothing was done: syntax, access, no schema selected, unknown prepared statement. */
    private static final Set<Integer> REFUSED_BEFORE_START =
            Set.of(1064, 1149, 1044, 1046, 1142, 1143, 1227, 1370, UNKNOWN_STATEMENT);

    /** Errors of a statement whose names were looked up and not found: no code of the database has run. */
    private static final Set<Integer> NOT_FOUND = Set.of(1049, 1051, 1054, 1109, 1146, 1305);

    private final ClientSession session;
    private final ReplaySwitches switches;
    private final List<String> sharedFlags;
    private final UnreadState unread;
    private final AnnouncedCharsets charsets = new AnnouncedCharsets();
    private Command command = Command.UNKNOWN;
    private StatementFacts facts = StatementFacts.PLAIN;
    /** What the command really does: for an EXECUTE, what the statement does that it runs. */
    private StatementFacts effect = StatementFacts.PLAIN;

    private @Nullable String schemaBefore;
    private @Nullable List<@Nullable String> row;
    private @Nullable SessionState state;
    private boolean variableAnnounced;
    private boolean schemaAnnounced;
    private boolean stateChanged;
    private boolean failed;
    private boolean neverStarted;
    private @Nullable String transactionState;
    /**
     * A savepoint was set without autocommit, before any statement that makes the flags tell of a transaction: it is there,
     * and unannounced, until one does or the transaction ends.
     */
    private boolean savepoint;
    /** What the server announced is explained by nothing. */
    private boolean hidden;

    public SessionFold(ClientSession session, ReplaySwitches switches, ServerProfile profile) {
        this.session = session;
        this.switches = switches;
        this.sharedFlags = profile.sharedFlags();
        this.unread = new UnreadState(session, switches, profile);
        session.pins().ignore(switches.pinsOff());
    }

    /** Begins a command; facts of a binary command that has no text are {@link StatementFacts#PLAIN}. */
    public void begin(Command ofClient, StatementFacts ofCommand) {
        command = ofClient;
        facts(ofCommand);
        schemaBefore = session.state().schema();
        row = null;
        state = null;
        failed = false;
        neverStarted = false;
        if (ofClient != Command.PING) {
            session.last().begin(ofClient, ofCommand);
        }
        hidden = false;
        transactionState = null;
    }

    /** Replaces the facts of a command whose end came after its beginning was sent. */
    public void facts(StatementFacts ofWhole) {
        facts = ofWhole;
        effect = ofWhole;
        HeldThings held = session.heldThings();
        if (ofWhole.has(SQL_EXECUTE) && held != null) {
            StatementFacts executed = held.executed(ofWhole);
            effect = executed != null ? executed : ofWhole;
        }
    }

    /** Whether the row that the command answers must be given to {@link #row}. */
    public boolean wantsRow() {
        return command == Command.QUERY
                && facts.statements() == 1
                && !facts.takenLocks().isEmpty();
    }

    /** Takes the values of the one row that the command answers. */
    public void row(List<@Nullable String> values) {
        row = values;
    }

    /**
     * Takes an OK packet, or the end of a result set.
     *
     * @param affectedRows as the client sees it; -1 for the end of a result set
     * @param rows of the result set
     */
    public void ok(OkView ok, ByteBuf buffer, long affectedRows, long rows) {
        session.status(ok.status(), effect.has(SET_STATEMENT));
        session.last()
                .succeeded(affectedRows, affectedRows >= 0 && affectedRows != ok.affectedRows(), rows, ok.warnings());
        // MariaDB's INSERT ... RETURNING tells none.
        if (ok.lastInsertId() != 0 || (affectedRows < 0 && effect.has(WRITES_DATA))) {
            unread.lastInsertId();
        }
        unread.answered();
        if (ok.stateLength() > 0) {
            announcements(ok, buffer);
        }
    }

    private void announcements(OkView ok, ByteBuf buffer) {
        variableAnnounced = false;
        charsets.begin();
        schemaAnnounced = false;
        stateChanged = false;
        SessionTrack.visit(buffer, ok.stateIndex(), ok.stateLength(), this);
        collations();
        if (!effect.statementVariables().isEmpty() && effect.statements() > 1) {
            // Which statement set what is not told.
            hidden = true;
            unread.announcements();
        }
        boolean explained = variableAnnounced || schemaAnnounced || effect.hasAny(EXPLAIN_STATE_CHANGE);
        if (stateChanged && (!explained || effect.hasAny(RUNS_HIDDEN_CODE))) {
            hidden = true;
        }
    }

    private void collations() {
        if (charsets.collationUntold(effect)) {
            unread.collation(true);
        } else if (charsets.collationTold()) {
            // The one that it had before, which is to be the client's, will never be known.
            hidden |= unread.clientCollationUnknown();
            unread.collation(false);
        }
        if (!session.last().mariaDb()) {
            return;
        }
        switch (charsets.clientCollation(effect)) {
            case KEPT -> {}
            case OF_CONNECTION -> unread.clientCollation(true);
            case OWN -> {
                state = current().with(SessionState.CLIENT_COLLATION, "");
                unread.clientCollation(false);
            }
            case UNTOLD -> hidden = true;
        }
    }

    /** Takes an ERR packet. */
    public void error(int code) {
        failed = true;
        // Code of the database may fail so behind its first steps.
        neverStarted =
                REFUSED_BEFORE_START.contains(code) && (code == UNKNOWN_STATEMENT || !effect.hasAny(RUNS_HIDDEN_CODE));
        session.last().failed();
        unread.failed(effect.statements() == 1 && !effect.hasAny(RUNS_HIDDEN_CODE | HIDES) ? effect : null);
        if (!neverStarted && !NOT_FOUND.contains(code)) {
            unread.announcements();
        }
    }

    @Override
    public void systemVariable(String name, String value) {
        variableAnnounced = true;
        if (effect.statementVariables().contains(name)) {
            // MariaDB announces the value of that statement, and not that it takes it back.
            return;
        }
        // By code of the database, which may have done more.
        hidden |= effect.setsNoVariable();
        if (switches.off(ReplayRules.ofCharset(name) ? ReplayRule.CHARACTER_SETS : ReplayRule.VARIABLES)) {
            return;
        }
        if (sharedFlags.contains(name)) {
            unread.flags();
            return;
        }
        if (ReplayRules.unreplayable(name)) {
            session.unreplayable().set(name, value);
            return;
        }
        if (name.equals(ReplayRules.SQL_AUTO_IS_NULL)) {
            session.unreplayable().set(name, value);
        }
        charsets.variable(name);
        state = current().with(name, value);
    }

    @Override
    public void schema(String name) {
        schemaAnnounced = true;
        if (switches.off(ReplayRule.SCHEMA)) {
            return;
        }
        state = current().withSchema(name.isEmpty() ? null : name);
    }

    @Override
    public void stateChanged(boolean changed) {
        stateChanged |= changed;
    }

    @Override
    public void transactionCharacteristics(String statements) {
        // Inside a transaction they describe what is pinned anyway; only "next transaction" is state to replay.
        if (switches.off(ReplayRule.NEXT_TRANSACTION)) {
            return;
        }
        state = current().withNextTransaction(statements.startsWith("SET TRANSACTION") ? statements : "");
    }

    @Override
    public void transactionState(String flags) {
        transactionState = flags;
    }

    private SessionState current() {
        SessionState now = state;
        return now != null ? now : session.state();
    }

    /**
     * Ends the command: the session has its state and its pins.
     *
     * @param nowNanos monotonic
     */
    public void end(long nowNanos) {
        SessionState now = state;
        if (now != null) {
            session.state(now);
        }
        Pins pins = session.pins();
        if (command == Command.PING) {
            session.last().answeredThere();
            HeldThings.set(pins, PinReason.TRANSACTION, inTransaction() || savepoint(pins), nowNanos);
            return;
        }
        session.last().end(command, facts);
        if (effect.facts() != 0) {
            pinByFacts(pins, nowNanos);
        }
        HeldThings.set(pins, PinReason.USER_VARIABLE, session.userVariables().keepBackend(), nowNanos);
        // Those that must be read anyway pin by what is read then, or a change back to the default would go unseen.
        HeldThings.set(
                pins, PinReason.UNREPLAYABLE_VARIABLE, session.unreplayable().anyBut(unread.unreadFlags()), nowNanos);
        if (hidden) {
            pins.add(PinReason.HIDDEN_STATE, nowNanos);
        }
        String transaction = transactionState;
        if (transaction != null) {
            // The eighth flag is L while tables are locked. That it is missing proves nothing: MySQL drops it behind
            // implicit commits that keep the locks (ALTER TABLE, TRUNCATE, CREATE and DROP of temporary tables). What
            // proves it is the first flag, T: whatever begins a transaction explicitly unlocks the tables first.
            if (transaction.indexOf('L') >= 0) {
                pins.add(PinReason.TABLE_LOCK, nowNanos);
            } else if (transaction.startsWith("T") && !failed) {
                pins.remove(PinReason.TABLE_LOCK);
            }
        }
        savepoint = savepoint(pins);
        HeldThings.set(pins, PinReason.TRANSACTION, inTransaction() || savepoint || mayBeOpen(pins), nowNanos);
        HeldThings.set(pins, PinReason.FOUND_ROWS, !failed && effect.has(CALC_FOUND_ROWS), nowNanos);
    }

    private boolean inTransaction() {
        return (session.status() & (ServerStatus.IN_TRANS | ServerStatus.IN_TRANS_READONLY)) != 0;
    }

    /** Whether {@link #savepoint} holds behind this command; what it was before holds only where the pin has not been taken away. */
    private boolean savepoint(Pins pins) {
        if (inTransaction() || (session.status() & ServerStatus.AUTOCOMMIT) != 0) {
            return false;
        }
        if (!failed && effect.has(SAVEPOINT)) {
            return true;
        }
        boolean ended = !failed && effect.has(ENDS_TRANSACTION);
        return savepoint && !ended && pins.has(PinReason.TRANSACTION);
    }

    /**
     * An ERR packet has no status flags: without autocommit its statement may have begun a transaction, which holds locks, and
     * one that may have been open before still may be.
     */
    private boolean mayBeOpen(Pins pins) {
        boolean mayBegin = !neverStarted && (command == Command.QUERY || command == Command.STMT_EXECUTE);
        return failed
                && (session.status() & ServerStatus.AUTOCOMMIT) == 0
                && (mayBegin || pins.has(PinReason.TRANSACTION));
    }

    /**
     * A failed statement may have done part of its work, so its facts count like those of one that succeeded; not so where
     * the error says that it was refused as a whole.
     */
    private void pinByFacts(Pins pins, long nowNanos) {
        boolean alone = effect.statements() == 1;
        boolean refused = neverStarted && facts.statements() == 1;
        if (facts.hasAny(HeldThings.FACTS) && !(refused && !facts.has(SQL_PREPARE))) {
            session.makeHeldThings().fold(facts, failed, schemaBefore, row, pins, nowNanos);
        }
        if (refused) {
            return;
        }
        if (effect != facts && effect.hasAny(HeldThings.FACTS)) {
            session.makeHeldThings().fold(effect, failed, schemaBefore, null, pins, nowNanos);
        }
        if (effect.has(ASSIGNS_USER_VARIABLE) && !switches.off(ReplayRule.USER_VARIABLES)) {
            session.userVariables().assigned(effect.assignedUserVariables());
        }
        addIf(pins, LOCKS_TABLES, PinReason.TABLE_LOCK, nowNanos);
        addIf(pins, GLOBAL_READ_LOCK, PinReason.GLOBAL_READ_LOCK, nowNanos);
        addIf(pins, INSTANCE_LOCK, PinReason.INSTANCE_LOCK, nowNanos);
        addIf(pins, SETS_ROLE, PinReason.ROLE, nowNanos);
        addIf(pins, SETS_RESOURCE_GROUP, PinReason.RESOURCE_GROUP, nowNanos);
        addIf(pins, UNKNOWN_VERB | UNTERMINATED, PinReason.UNREADABLE_STATEMENT, nowNanos);
        addIf(pins, HIDES, PinReason.HIDDEN_STATE, nowNanos);
        boolean unknownRun = effect == facts && !facts.executedNames().isEmpty();
        if (unknownRun
                || (effect.has(SETS_UNSCOPED) && session.last().mariaDb())
                || (effect.has(SETS_UNANNOUNCED) && !sharedFlags.isEmpty())) {
            pins.add(PinReason.HIDDEN_STATE, nowNanos);
        }
        if (effect.has(XA)) {
            distributedTransaction(pins, alone, nowNanos);
        }
        if (effect.has(UNLOCKS_TABLES) && !failed && alone) {
            pins.remove(PinReason.GLOBAL_READ_LOCK);
            pins.remove(PinReason.TABLE_LOCK);
        }
        if (effect.has(INSTANCE_UNLOCK) && !failed && alone) {
            pins.remove(PinReason.INSTANCE_LOCK);
        }
        // The answer to LOAD DATA does not tell the id that it leaves.
        if (effect.has(SETS_LAST_INSERT_ID)
                || (effect.has(WRITES_DATA) && effect.verb().equals("LOAD"))) {
            unread.lastInsertId();
        }
    }

    /** From XA START to the statement that ends or detaches it, servers say that a transaction is open. */
    private void distributedTransaction(Pins pins, boolean alone, long nowNanos) {
        if (!failed) {
            HeldThings.set(pins, PinReason.XA, inTransaction(), nowNanos);
        } else if (!alone) {
            pins.add(PinReason.XA, nowNanos);
        }
    }

    private void addIf(Pins pins, long wanted, PinReason reason, long nowNanos) {
        if (effect.hasAny(wanted)) {
            pins.add(reason, nowNanos);
        }
    }

    /** What must be read from the backend before another session may have it. */
    public UnreadState unread() {
        return unread;
    }
}
