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

    private final ClientSession session;
    private final ReplaySwitches switches;
    private final List<String> sharedFlags;
    private final UnreadState unread;
    private final AnnouncedCharsets charsets = new AnnouncedCharsets();
    private final CommandOutcome outcome = new CommandOutcome();
    private final TransactionPins transaction;
    private final FactPins factPins;
    private @Nullable SessionState state;
    private boolean variableAnnounced;
    private boolean schemaAnnounced;
    private boolean stateChanged;
    /** What the server announced is explained by nothing. */
    private boolean hidden;

    public SessionFold(ClientSession session, ReplaySwitches switches, ServerProfile profile) {
        this.session = session;
        this.switches = switches;
        this.sharedFlags = profile.sharedFlags();
        this.unread = new UnreadState(session, switches, profile);
        this.transaction = new TransactionPins(session);
        this.factPins = new FactPins(session, switches, sharedFlags, unread, transaction);
        session.pins().ignore(switches.pinsOff());
    }

    /** Begins a command; facts of a binary command that has no text are {@link StatementFacts#PLAIN}. */
    public void begin(Command ofClient, StatementFacts ofCommand) {
        outcome.begin(ofClient, session.state().schema());
        facts(ofCommand);
        transaction.begin();
        state = null;
        hidden = false;
        if (ofClient != Command.PING) {
            session.last().begin(ofClient, ofCommand);
        }
    }

    /** Replaces the facts of a command whose end came after its beginning was sent. */
    public void facts(StatementFacts ofWhole) {
        HeldThings held = session.heldThings();
        StatementFacts executed = ofWhole.has(SQL_EXECUTE) && held != null ? held.executed(ofWhole) : null;
        outcome.facts(ofWhole, executed != null ? executed : ofWhole);
    }

    /** Whether the row that the command answers must be given to {@link #row}. */
    public boolean wantsRow() {
        StatementFacts facts = outcome.facts();
        return outcome.command() == Command.QUERY
                && facts.statements() == 1
                && !facts.takenLocks().isEmpty();
    }

    /** Takes the values of the one row that the command answers. */
    public void row(List<@Nullable String> values) {
        outcome.row(values);
    }

    /**
     * Takes an OK packet, or the end of a result set.
     *
     * @param affectedRows as the client sees it; -1 for the end of a result set
     * @param rows of the result set
     */
    public void ok(OkView ok, ByteBuf buffer, long affectedRows, long rows) {
        StatementFacts effect = outcome.effect();
        session.status(ok.status(), effect.has(SET_STATEMENT));
        if (ok.hasStatus(ServerStatus.CURSOR_EXISTS)) {
            session.last().cursorOpened();
        }
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
        StatementFacts effect = outcome.effect();
        variableAnnounced = false;
        charsets.begin();
        schemaAnnounced = false;
        stateChanged = false;
        SessionTrack.visit(buffer, ok.stateIndex(), ok.stateLength(), this);
        collations(effect);
        if (!effect.statementVariables().isEmpty() && effect.statements() > 1) {
            // Which statement set what is not told.
            hidden = true;
            unread.announcements();
        }
        boolean explained = variableAnnounced || schemaAnnounced || effect.hasAny(EXPLAIN_STATE_CHANGE);
        if (stateChanged && (!explained || effect.hasAny(CommandOutcome.RUNS_HIDDEN_CODE))) {
            hidden = true;
        }
    }

    private void collations(StatementFacts effect) {
        if (charsets.collationUntold(effect)) {
            unread.collation(true);
        } else if (charsets.collationTold()) {
            unread.collation(false);
        }
        if (unread.clientCollationUnknown() && charsets.connectionChanged()) {
            // The collation that it had before, which is to be the client's, will never be known.
            clientCollationLost();
        }
        if (!session.last().mariaDb()) {
            resultsCollation();
            return;
        }
        switch (charsets.clientCollation(effect)) {
            case KEPT -> {}
            case OF_CONNECTION -> unread.clientCollation(true);
            case OWN -> {
                state = current().with(SessionState.CLIENT_COLLATION, "");
                unread.clientCollation(false);
            }
            case UNTOLD -> clientCollationLost();
        }
    }

    private void clientCollationLost() {
        hidden = true;
        SessionState now = current();
        String charset = String.valueOf(now.get(SessionState.CHARACTER_SET_CLIENT));
        if (now.hasClientCollation()
                && !String.valueOf(now.get(SessionState.CLIENT_COLLATION)).startsWith(charset + "_")) {
            // One of another character set could not be given back behind a preparation.
            state = now.with(SessionState.CLIENT_COLLATION, "");
        }
        unread.clientCollation(false);
    }

    /** Whatever statement set the character set, its number of the collation is in the definitions of what is read back. */
    private void resultsCollation() {
        if (charsets.resultsCollationUntold()) {
            boolean none = "".equals(current().get(SessionState.CHARACTER_SET_RESULTS));
            if (none) {
                state = current().with(SessionState.RESULTS_COLLATION, "");
            }
            unread.resultsCollation(!none);
        }
    }

    /** Takes an ERR packet. */
    public void error(int code) {
        StatementFacts effect = outcome.effect();
        boolean mayHaveBegun = outcome.failed(code);
        session.last().failed();
        boolean seen = effect.statements() == 1 && !effect.hasAny(CommandOutcome.RUNS_HIDDEN_CODE | FactPins.HIDES);
        unread.failed(seen ? effect : null);
        if (mayHaveBegun) {
            unread.announcements();
        }
    }

    @Override
    public void systemVariable(String name, String value) {
        variableAnnounced = true;
        StatementFacts effect = outcome.effect();
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
        transaction.announced(flags);
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
        if (outcome.command() == Command.PING) {
            session.last().answeredThere();
            transaction.pinged(nowNanos);
            return;
        }
        session.last().end(outcome.command(), outcome.facts());
        if (outcome.effect().facts() != 0) {
            factPins.fold(outcome, nowNanos);
        }
        HeldThings.set(pins, PinReason.USER_VARIABLE, session.userVariables().keepBackend(), nowNanos);
        // Those that must be read anyway pin by what is read then, or a change back to the default would go unseen.
        HeldThings.set(
                pins, PinReason.UNREPLAYABLE_VARIABLE, session.unreplayable().anyBut(unread.unreadFlags()), nowNanos);
        if (hidden) {
            pins.add(PinReason.HIDDEN_STATE, nowNanos);
        }
        transaction.end(outcome, nowNanos);
        // The statement that asks for them may be prepared first.
        boolean prepares = outcome.command() == Command.STMT_PREPARE && pins.has(PinReason.FOUND_ROWS);
        HeldThings.set(
                pins,
                PinReason.FOUND_ROWS,
                !outcome.failed() && (prepares || outcome.effect().has(CALC_FOUND_ROWS)),
                nowNanos);
    }

    /** What must be read from the backend before another session may have it. */
    public UnreadState unread() {
        return unread;
    }
}
