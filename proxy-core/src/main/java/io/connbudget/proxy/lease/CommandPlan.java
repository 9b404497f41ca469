package io.connbudget.proxy.lease;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.config.Handoff;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.BackendMemory;
import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.LastStatement;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.Prologue;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.proxy.session.SqlText;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.UserVariables;
import io.connbudget.wire.Command;
import io.connbudget.wire.response.ResponseTracker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides, for one command on one backend, what must go before it, whether it can be served there, and how it is written.
 * One per client session, on its event loop.
 */
final class CommandPlan {
    /** What becomes of the command. */
    enum Result {
        /** It goes to the backend, behind {@link #prologue()} where there is one. */
        SEND,
        /** The client gets {@link #refusal()}. */
        REFUSE,
        /** The client gets {@link #answer()}. */
        ANSWER
    }

    private static final long OBSERVES_LAST_STATEMENT = OBSERVES_ROW_COUNT | OBSERVES_FOUND_ROWS | OBSERVES_DIAGNOSTICS;

    /** Code that may ask for LAST_INSERT_ID() without naming it in the statement. */
    private static final long MAY_OBSERVE_LAST_INSERT_ID =
            OBSERVES_LAST_INSERT_ID | CALLS_ROUTINE | CALLS_UNKNOWN_FUNCTION | SQL_EXECUTE;

    /** MariaDB forgets the warnings of an earlier statement with the next one that uses a table. */
    private static final String FORGET_ON_MARIADB = "DO (SELECT 1 FROM (SELECT 1) AS d)";

    private final LeaseContext context;
    private final ClientSession session;
    private final LocalAnswers localAnswers;
    private @Nullable BackendMemory lastBackend;
    private @Nullable Prologue prologue;
    private @Nullable ErrorReport refusal;
    private byte @Nullable [] answer;
    /** The statement that the prologue prepares; its id comes with the answer. */
    private @Nullable StatementText preparing;

    private int prepareStep;
    private boolean setsLastInsertId;
    private boolean setsUserVariables;

    CommandPlan(LeaseContext context, ClientSession session) {
        this.context = context;
        this.session = session;
        this.localAnswers = new LocalAnswers(session, context.profile());
    }

    @Nullable Prologue prologue() {
        return prologue;
    }

    ErrorReport refusal() {
        return Objects.requireNonNull(refusal);
    }

    byte[] answer() {
        return Objects.requireNonNull(answer);
    }

    Result make(ByteBufAllocator allocator, BackendMemory backend, PendingCommand pending) {
        preparing = null;
        setsLastInsertId = false;
        byte[] prepared = pending.command == Command.STMT_PREPARE ? prepared(pending) : null;
        if (prepared != null) {
            prologue = null;
            answer = prepared;
            return Result.ANSWER;
        }
        UserVariables variables = session.userVariables().values();
        boolean mayMeet = mayMeetUserVariables(pending);
        if (mayMeet && !variables.haveAllNamesOf(backend.userVariables())) {
            // One that has a value, even NULL, is not like one that never had.
            backend.needReset();
        }
        prologue = Prologue.between(
                allocator, backend, session.state(), session.multiStatements(), context.profile(), context.switches());
        // What a reset takes away is to be given again.
        boolean resets = prologue != null && prologue.resets();
        UserVariables variablesThere = resets ? UserVariables.NONE : backend.userVariables();
        setsUserVariables = mayMeet && !variables.equals(variablesThere);
        if (setsUserVariables) {
            String collation = String.valueOf(session.state().get(SessionState.COLLATION_CONNECTION));
            variables.assignments(variablesThere, collation).forEach(prologue(allocator)::query);
        }
        if (backend != lastBackend || backend.lastSession() != session) {
            session.last().moved();
        }
        if (pending.facts.has(OBSERVES_CONNECTION_ID)
                && pending.command == Command.QUERY
                && holds(ReplayRule.CONNECTION_ID)) {
            byte[] local = localAnswers.answer(pending);
            if (local != null) {
                dropPrologue();
                answer = local;
                return Result.ANSWER;
            }
            pending.packet = OwnConnectionId.put(allocator, pending.take(), session.connectionId());
        }
        boolean setsId = pending.facts.hasAny(MAY_OBSERVE_LAST_INSERT_ID)
                && (resets ? 0 : backend.lastInsertId()) != session.lastInsertId();
        if (pending.facts.hasAny(OBSERVES_LAST_STATEMENT) && holds(ReplayRule.LAST_STATEMENT)) {
            Result result = observeLastStatement(allocator, backend, pending, setsId);
            if (result != Result.SEND) {
                return result;
            }
        }
        if (setsId) {
            // An id that was generated in this lease and not read back yet is at the backend already: it wins.
            prologue(allocator)
                    .query("DO LAST_INSERT_ID(IF(LAST_INSERT_ID()=0," + Long.toUnsignedString(session.lastInsertId())
                            + ",LAST_INSERT_ID()))");
            setsLastInsertId = true;
        }
        ClientStatement statement = pending.statement;
        if (statement != null
                && (resets || !fits(statement, backend.statements().get(statement.text()), pending.command))
                && holds(ReplayRule.PREPARED_STATEMENTS)) {
            prepareAgain(prologue(allocator), statement.text());
        }
        BackendStatements.Prepared evicted = backend.statements().evictBeyond(context.preparedStatementsPerBackend());
        while (evicted != null) {
            prologue(allocator).addUnanswered(Command.STMT_CLOSE, StatementPackets.id(evicted.id()));
            evicted = backend.statements().evictBeyond(context.preparedStatementsPerBackend());
        }
        lastBackend = backend;
        if (prologue != null) {
            session.last().moved();
        }
        return Result.SEND;
    }

    /**
     * Whether the command may see or assign a user variable, or make the session keep this backend. Any query may: behind a
     * view there may be a function, and one that names none may run a trigger.
     */
    private static boolean mayMeetUserVariables(PendingCommand pending) {
        return switch (pending.command) {
            // Long data keeps the backend, and a backend that is kept cannot be reset.
            case QUERY, STMT_PREPARE, STMT_EXECUTE, STMT_SEND_LONG_DATA -> true;
            default -> false;
        };
    }

    /**
     * Whether the statement that a backend has prepared serves the command. Servers take long data for a value of the type that
     * the execution before it gave the parameter, and that may have been another client's.
     */
    private boolean fits(ClientStatement statement, BackendStatements.@Nullable Prepared there, Command command) {
        boolean longData = command == Command.STMT_SEND_LONG_DATA || statement.longDataBytes() > 0;
        return there != null
                && !(longData && there.types().length > 0 && !session.pins().has(PinReason.LONG_DATA));
    }

    private Prologue prologue(ByteBufAllocator allocator) {
        Prologue steps = prologue;
        if (steps == null) {
            steps = Prologue.empty(allocator);
            prologue = steps;
        }
        return steps;
    }

    /**
     * ROW_COUNT(), FOUND_ROWS() and the diagnostics live at the backend of the last statement until another one runs
     * there. Elsewhere they are answered from what its answer said and what was read before it was let go, or refused;
     * never wrong.
     */
    private Result observeLastStatement(
            ByteBufAllocator allocator, BackendMemory backend, PendingCommand pending, boolean setsId) {
        LastStatement last = session.last();
        // GET DIAGNOSTICS may ask for the row count too.
        boolean rowCount =
                pending.facts.has(OBSERVES_ROW_COUNT) || pending.facts.verb().equals("GET");
        boolean there = prologue == null && !setsId && backend == lastBackend && backend.lastSession() == session;
        if (there
                && !(rowCount && !last.rowCountThere())
                && !(pending.facts.has(OBSERVES_FOUND_ROWS) && !last.foundRowsThere())
                && !(pending.facts.has(OBSERVES_DIAGNOSTICS) && last.diagnosticsUncertain())) {
            return Result.SEND;
        }
        byte[] local = localAnswers.answer(pending);
        if (local != null) {
            dropPrologue();
            answer = local;
            return Result.ANSWER;
        }
        boolean onlyDiagnostics = !(rowCount && last.rowCount() != 0) && !pending.facts.has(OBSERVES_FOUND_ROWS);
        if (onlyDiagnostics && last.warnings() == null && !last.diagnosticsLeft() && !last.diagnosticsUncertain()) {
            // The last statement left none: neither may what ran here before.
            prologue(allocator).query(context.profile().mariaDb() ? FORGET_ON_MARIADB : "DO 0");
            return Result.SEND;
        }
        dropPrologue();
        refusal = ErrorReport.notSupported(
                "a look at the last statement's row count or diagnostics in this form, outside a transaction",
                "run both in one transaction, or use SELECT ROW_COUNT(), SELECT FOUND_ROWS() or SHOW WARNINGS alone");
        return Result.REFUSE;
    }

    private void dropPrologue() {
        Prologue unused = prologue;
        if (unused != null) {
            unused.packets().release();
            prologue = null;
        }
    }

    private void prepareAgain(Prologue steps, StatementText text) {
        String schema = text.schema();
        String current = session.state().schema();
        boolean asThen = holds(ReplayRule.PREPARED_SETTINGS);
        boolean elsewhere = asThen && schema != null && !schema.equals(current);
        String mode = session.state().get("sql_mode");
        boolean otherMode = asThen && !Objects.equals(text.sqlMode(), mode);
        if (schema != null && elsewhere) {
            steps.initDb(schema);
        }
        if (otherMode) {
            steps.query(SqlText.set("sql_mode", text.sqlMode()));
        }
        preparing = text;
        prepareStep = steps.expected().size();
        steps.add(Command.STMT_PREPARE, text.sql());
        if (otherMode) {
            steps.query(SqlText.set("sql_mode", mode));
        }
        if (elsewhere && current != null) {
            steps.initDb(current);
        }
        steps.confirmFirst();
    }

    /**
     * One answer of the prologue has come, and it was no error.
     *
     * @return whether a statement was prepared by it
     */
    boolean stepDone(BackendMemory backend, Prologue steps, int step, ResponseTracker tracker) {
        if (steps.expected().get(step) == Command.RESET_CONNECTION) {
            backend.afterReset();
        } else if (steps.expected().get(step) == Command.SET_OPTION) {
            // It stays where a later step is refused, and no reset takes it back.
            backend.multiStatements(session.multiStatements());
        }
        StatementText text = preparing;
        if (text != null && step == prepareStep) {
            backend.statements().put(text, tracker.outcome().preparedStatementId());
            return true;
        }
        return false;
    }

    /** All answers of the prologue have come: the backend equals the session. */
    void prologueDone(BackendMemory backend, Prologue steps) {
        backend.state(session.state());
        backend.tracking(true);
        backend.multiStatements(session.multiStatements());
        backend.lastSession(session);
        if (setsLastInsertId) {
            backend.lastInsertId(session.lastInsertId());
        }
        if (setsUserVariables) {
            backend.userVariables(session.userVariables().values());
        }
    }

    /** The command as the backend must get it; the caller owns the buffer. */
    ByteBuf encode(ByteBufAllocator allocator, BackendMemory backend, PendingCommand pending) {
        ClientStatement statement = pending.statement;
        ByteBuf packet = pending.take();
        if (statement == null) {
            return packet;
        }
        BackendStatements.Prepared prepared = backend.statements().get(statement.text());
        if (prepared == null) {
            packet.release();
            throw new IllegalStateException("the statement is not prepared at the backend");
        }
        if (!holds(ReplayRule.PARAMETER_TYPES)) {
            prepared.types(statement.types());
        }
        if (!holds(ReplayRule.LONG_DATA)) {
            statement.takeLongData();
        }
        return StatementPackets.encode(allocator, packet, pending.command, statement, prepared);
    }

    private boolean holds(ReplayRule rule) {
        return !context.switches().off(rule);
    }

    /** What a server answered to the same COM_STMT_PREPARE a moment ago; null where the server must be asked. */
    byte @Nullable [] prepared(PendingCommand pending) {
        StatementText text = pending.text;
        if (text == null || context.handoff() == Handoff.SESSION || !PreparedAnswers.mayKeep(text, session)) {
            return null;
        }
        byte[] packets = context.preparedAnswers().get(text, session, System.nanoTime());
        if (packets != null) {
            // To the session it is as if a server had answered now.
            session.last().preparedElsewhere();
        }
        return packets;
    }

    /** Whether a server is being asked the same COM_STMT_PREPARE by another client; the caller is told when that has ended. */
    boolean expect(PendingCommand pending, Runnable told) {
        StatementText text = pending.text;
        return text != null
                && context.handoff() != Handoff.SESSION
                && PreparedAnswers.mayKeep(text, session)
                && context.preparedAnswers().expect(text, session, told);
    }

    /** A COM_STMT_PREPARE was answered without a server; returns the id that the client is told. */
    int preparedElsewhere(PendingCommand pending, int parameters) {
        return session.addStatement(Objects.requireNonNull(pending.text), parameters)
                .id();
    }

    /** A COM_STMT_PREPARE of the client's was answered; returns the id that the client is told. */
    int prepared(BackendMemory backend, PendingCommand pending, int backendId, int parameters) {
        StatementText text = Objects.requireNonNull(pending.text);
        backend.statements().put(text, backendId);
        return session.addStatement(text, parameters).id();
    }
}
