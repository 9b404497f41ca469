package io.connbudget.proxy.lease;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.config.Handoff;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.BackendMemory;
import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.Prologue;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.proxy.session.SchemaDefinitions;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.UserVariables;
import io.connbudget.wire.Command;
import io.connbudget.wire.ServerStatus;
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

    /**
     * What may ask for LAST_INSERT_ID(), or run code that does, as a trigger; or sets it, perhaps to 0, which only then can
     * be told from an id that was left alone.
     */
    private static final long NEEDS_LAST_INSERT_ID = OBSERVES_LAST_INSERT_ID
            | SETS_LAST_INSERT_ID
            | CALLS_ROUTINE
            | CALLS_UNKNOWN_FUNCTION
            | SQL_EXECUTE
            | WRITES_DATA;

    /** Facts of a query that neither sees nor changes anything of its session. */
    private static final long PLAIN = LIMITS_ROWS | UPDATES_DUPLICATES | IGNORES_ERRORS;

    private final LeaseContext context;
    private final ClientSession session;
    private final SessionDialect dialect;
    private final LocalAnswers localAnswers;
    private final LooksAtLast looks;
    private final KeptPrepares kept;
    private final Repreparation repreparation;
    private @Nullable BackendMemory lastBackend;
    private @Nullable Prologue prologue;
    private @Nullable ErrorReport refusal;
    private byte @Nullable [] answer;
    /** The command selects a schema, and the backend has another one than the session. */
    private boolean otherSchema;

    private @Nullable String schemaThere;
    /** The moment of {@link SchemaDefinitions} since which the backend has its schema when the prologue has ended. */
    private long definitionsAsOf;

    private boolean setsLastInsertId;
    /** The user variables that the prologue gives the backend; null where it gives none. */
    private @Nullable UserVariables variablesGiven;

    CommandPlan(LeaseContext context, ClientSession session) {
        this.context = context;
        this.session = session;
        this.dialect = new SessionDialect(context.profile());
        this.localAnswers = new LocalAnswers(session, context.profile());
        this.looks = new LooksAtLast(session, localAnswers);
        this.kept = new KeptPrepares(context, session);
        this.repreparation = new Repreparation(context, session);
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

    /** Plans the command at this backend; the owner of {@link #prologue()} is the caller, where it is to be sent. */
    Result make(ByteBufAllocator allocator, BackendMemory backend, PendingCommand pending) {
        prologue = null;
        try {
            return result(allocator, backend, pending);
        } catch (RuntimeException | Error e) {
            dropPrologue();
            throw e;
        }
    }

    private Result result(ByteBufAllocator allocator, BackendMemory backend, PendingCommand pending) {
        repreparation.none();
        setsLastInsertId = false;
        byte[] prepared = pending.command == Command.STMT_PREPARE ? kept.answer(pending) : null;
        if (prepared != null) {
            answer = prepared;
            return Result.ANSWER;
        }
        UserVariables variables = session.userVariables().values();
        if (mayNameUserVariables(pending)
                && session.pins().isEmpty()
                && !variables.haveAllNamesOf(backend.userVariables())) {
            // To a statement that names it, one that has a value, even NULL, is not like one that never had.
            backend.needReset();
        }
        makeEqual(allocator, backend, pending);
        // What a reset takes away is to be given again.
        boolean resets = prologue != null && prologue.resets();
        giveUserVariables(allocator, variables, resets ? UserVariables.NONE : backend.userVariables(), pending);
        if (backend != lastBackend || backend.lastSession() != session) {
            session.last().moved();
        }
        if (pending.facts.has(OBSERVES_CONNECTION_ID)
                && pending.command == Command.QUERY
                && holds(ReplayRule.CONNECTION_ID)) {
            // A backend that is kept knows whether a transaction is open; an error before has not told it.
            byte[] local = session.pins().isEmpty() ? localAnswers.answer(pending) : null;
            if (local != null) {
                dropPrologue();
                answer = local;
                return Result.ANSWER;
            }
            pending.packet = OwnConnectionId.put(
                    allocator,
                    pending.take(),
                    dialect.of(session),
                    session.state().schema(),
                    session.connectionId());
        }
        boolean prepares = mustPrepare(backend, pending, resets);
        boolean setsId = (resets ? 0 : backend.lastInsertId()) != session.lastInsertId() && needsLastInsertId(pending);
        if (pending.facts.hasAny(LooksAtLast.FACTS) && holds(ReplayRule.LAST_STATEMENT)) {
            boolean there = !setsId && asLeft(backend, pending, prepares);
            Result result = look(allocator, pending, there, prepares);
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
        if (prepares) {
            repreparation.add(
                    prologue(allocator),
                    Objects.requireNonNull(pending.statement).text());
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

    /** Whether the client's statement must be prepared at the backend in front of the command. */
    private boolean mustPrepare(BackendMemory backend, PendingCommand pending, boolean resets) {
        ClientStatement statement = pending.statement;
        if (holds(ReplayRule.SHARED_TYPES)) {
            StatementVariants.choose(
                    session.state(),
                    backend.statements(),
                    pending,
                    !context.profile().mariaDb());
        }
        return statement != null
                && statement.own() == null
                && (resets
                        || !Repreparation.fits(statement, backend.statements().get(statement.text()), pending))
                && holds(ReplayRule.PREPARED_STATEMENTS);
    }

    private static boolean needsLastInsertId(PendingCommand pending) {
        boolean looksBack = pending.facts.hasAny(LooksAtLast.FACTS);
        // A trigger's look at the id is not worth the statement's own look at what the last one left.
        return !pending.whole
                || pending.facts.hasAny(looksBack ? NEEDS_LAST_INSERT_ID & ~WRITES_DATA : NEEDS_LAST_INSERT_ID);
    }

    /** The schema of a command that selects another one is left as it is there: it may be gone, and its client wants to leave it. */
    private void makeEqual(ByteBufAllocator allocator, BackendMemory backend, PendingCommand pending) {
        SessionState wanted = session.state();
        String there = backend.state().schema();
        boolean selects = pending.command == Command.INIT_DB
                || (pending.command == Command.QUERY && pending.whole && pending.facts.facts() == USES_SCHEMA);
        otherSchema = selects && !Objects.equals(there, wanted.schema());
        // A session that keeps its backend keeps the schema's definition too.
        boolean anew = session.pins().isEmpty();
        definitionsAsOf = anew ? context.schemaDefinitions().now() : backend.schemaAsOf();
        boolean stale = anew && backend.schemaStale(context.schemaDefinitions());
        // What the command selects may be what is there: MariaDB would not look at its definition again.
        schemaThere = otherSchema && stale ? Prologue.ANY_SCHEMA : there;
        prologue = Prologue.between(
                allocator,
                backend,
                otherSchema ? wanted.withSchema(stale ? Prologue.ANY_SCHEMA : null) : wanted,
                session.multiStatements(),
                stale,
                context.profile(),
                context.switches());
        if (prologue != null && prologue.expected().isEmpty()) {
            dropPrologue();
        }
    }

    /** The session's state with the schema that the backend has where the command has failed to select another one. */
    SessionState stateAfterError() {
        return otherSchema ? session.state().withSchema(schemaThere) : session.state();
    }

    /** Gives the backend the session's user variables, where the command may run code that looks at them: a plain query too may name a view. */
    private void giveUserVariables(
            ByteBufAllocator allocator, UserVariables variables, UserVariables there, PendingCommand pending) {
        variablesGiven = null;
        if (variables.equals(there) || (pending.command != Command.QUERY && !mayNameUserVariables(pending))) {
            return;
        }
        UserVariables wanted = variables.andNullsFor(there);
        if (!wanted.equals(there)) {
            String collation = String.valueOf(session.state().get(SessionState.COLLATION_CONNECTION));
            wanted.assignments(there, collation).forEach(prologue(allocator)::query);
            variablesGiven = wanted;
        }
    }

    /**
     * Whether the command may name a user variable, or make the session keep this backend. Only a plain query outside a
     * transaction does neither.
     */
    private boolean mayNameUserVariables(PendingCommand pending) {
        return switch (pending.command) {
            case QUERY ->
                !pending.whole
                        || (pending.facts.facts() & ~PLAIN) != 0
                        || !pending.facts.verb().equals("SELECT")
                        || (session.status() & ServerStatus.AUTOCOMMIT) == 0
                        || context.handoff() == Handoff.SESSION;
            // Long data keeps the backend, and a backend that is kept cannot be reset.
            case STMT_PREPARE, STMT_EXECUTE, STMT_SEND_LONG_DATA -> true;
            default -> false;
        };
    }

    private Prologue prologue(ByteBufAllocator allocator) {
        Prologue steps = prologue;
        if (steps == null) {
            steps = Prologue.empty(allocator);
            prologue = steps;
        }
        return steps;
    }

    /** Whether nothing of the proxy's own has run at the backend since the session's last statement, or will before the command. */
    private boolean asLeft(BackendMemory backend, PendingCommand pending, boolean prepares) {
        boolean setsUp = prepares
                && !repreparation.plain(
                        Objects.requireNonNull(pending.statement).text());
        return prologue == null && !setsUp && backend == lastBackend && backend.lastSession() == session;
    }

    /** Does what {@link LooksAtLast} says. */
    private Result look(ByteBufAllocator allocator, PendingCommand pending, boolean there, boolean prepares) {
        switch (looks.judge(pending, there, prepares)) {
            case SEND -> {}
            case SEND_BEHIND_NOTHING ->
                prologue(allocator).query(context.profile().mariaDb() ? Prologue.FORGET_ON_MARIADB : "DO 0");
            case ANSWER -> {
                dropPrologue();
                answer = looks.answer();
                return Result.ANSWER;
            }
            case REFUSE -> {
                dropPrologue();
                refusal = looks.refusal();
                return Result.REFUSE;
            }
        }
        return Result.SEND;
    }

    private void dropPrologue() {
        Prologue unused = prologue;
        if (unused != null) {
            unused.packets().release();
            prologue = null;
        }
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
        return repreparation.stepDone(backend, step, tracker);
    }

    /** Whether this step of the prologue prepares the command's statement. */
    boolean preparesAt(int step) {
        return repreparation.at(step);
    }

    /** All answers of the prologue have come: the backend equals the session. */
    void prologueDone(BackendMemory backend, Prologue steps) {
        backend.state(stateAfterError());
        if (!otherSchema) {
            backend.schemaAsOf(definitionsAsOf);
        }
        backend.tracking(true);
        backend.multiStatements(session.multiStatements());
        backend.lastSession(session);
        if (setsLastInsertId) {
            backend.lastInsertId(session.lastInsertId());
        }
        UserVariables given = variablesGiven;
        if (given != null) {
            backend.userVariables(given);
        }
    }

    /** The command as the backend must get it; the caller owns the buffer. */
    ByteBuf encode(ByteBufAllocator allocator, BackendMemory backend, PendingCommand pending) {
        ClientStatement statement = pending.statement;
        ByteBuf packet = pending.take();
        if (statement == null) {
            return packet;
        }
        BackendStatements.Prepared own = statement.own();
        BackendStatements.Prepared prepared =
                own != null ? own : backend.statements().get(statement.text());
        if (prepared == null) {
            packet.release();
            throw new IllegalStateException("the statement is not prepared at the backend");
        }
        if (!holds(ReplayRule.PARAMETER_TYPES)) {
            prepared.types(statement.types(), session.state());
        }
        if (!holds(ReplayRule.LONG_DATA)) {
            statement.takeLongData();
        }
        return StatementPackets.encode(allocator, packet, pending.command, statement, prepared, session.state());
    }

    private boolean holds(ReplayRule rule) {
        return !context.switches().off(rule);
    }

    /** Answers to COM_STMT_PREPARE that need no server. */
    KeptPrepares kept() {
        return kept;
    }

    /** A COM_STMT_PREPARE of the client's was answered; returns the id that the client is told. */
    int prepared(BackendMemory backend, PendingCommand pending, int backendId, int parameters) {
        StatementText text = Objects.requireNonNull(pending.text);
        backend.statements().put(text, backendId);
        return session.addStatement(text, parameters).id();
    }
}
