package io.connbudget.proxy.lease;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.budget.Admission;
import io.connbudget.budget.ClientIdentity;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.StatementDigest;
import io.connbudget.proxy.session.sql.KillTarget;
import io.connbudget.proxy.session.sql.StatementClassifier;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one logged-in client: each is answered here, or runs on a lease. Owned by the client's event loop.
 *
 * <p>One command at a time: the next one is given after {@link ClientPort#commandDone}.
 */
public final class Conversation {
    private final LeaseContext context;
    private final ClientPort client;
    private final StatementClassifier classifier;
    private final Lease lease;
    private final DirectAnswers answers;
    private final ClientKill kill;
    private final StatementCommands statements;
    private final SessionDialect dialect;
    private ClientSession session;
    private final StatementDigest digest;
    private @Nullable StatementClassifier streamClassifier;
    private final CommandNote note = new CommandNote();
    private final long connectedNanos = System.nanoTime();

    public Conversation(
            LeaseContext context,
            ClientPort client,
            StatementClassifier classifier,
            ClientSession session,
            int maxStatements) {
        this.context = context;
        this.client = client;
        this.classifier = classifier;
        this.session = session;
        this.lease = new Lease(context, client, session);
        this.digest = lease.pending().sent;
        this.answers = new DirectAnswers(client);
        this.kill = new ClientKill(context, client, lease);
        this.dialect = new SessionDialect(context.profile());
        this.statements = new StatementCommands(this, client, lease, answers, dialect, maxStatements);
    }

    /** Counts the client in. Until it is admitted nothing else may be called. */
    public Admission admit(ClientIdentity identity, Object source) {
        Admission admission = context.desk().admit(identity, source, lease);
        if (admission.isAdmitted()) {
            context.clients().add(this);
        }
        return admission;
    }

    /** Gives the client the class of another identity (COM_CHANGE_USER), or says why that class does not take it. */
    public Admission reclassify(ClientIdentity identity) {
        return context.desk().reclassify(lease, identity);
    }

    public long connectionId() {
        return session.connectionId();
    }

    public ClientSession session() {
        return session;
    }

    public Lease lease() {
        return lease;
    }

    /** The beginning of the last statement, for operators. */
    StatementDigest digest() {
        return digest;
    }

    // ---------------------------------------------------------------- commands

    /**
     * Takes one command.
     *
     * @param packet the packet with its header, or the first part of it; ownership passes to this method
     * @param whole false when the command goes on in {@link #stream}
     */
    public void command(ByteBuf packet, boolean whole) {
        int at = packet.readerIndex() + Packets.HEADER_BYTES;
        int code = packet.getUnsignedByte(at);
        client.metrics().command(code);
        Command command = Command.of(code);
        if (packet.writerIndex() - at - 1 < CommandBodies.leastBytes(command)) {
            int got = packet.writerIndex() - at - 1;
            packet.release();
            throw new MalformedPacketException(
                    command + " of " + got + " bytes, expected at least " + CommandBodies.leastBytes(command));
        }
        streamClassifier = null;
        if (command != Command.STMT_CLOSE && command != Command.STMT_SEND_LONG_DATA && command != Command.PING) {
            note.begin(command, System.nanoTime());
            if (command == Command.QUERY || command == Command.STMT_PREPARE) {
                note.text(packet, at + 1, packet.writerIndex() - at - 1);
            } else if (command == Command.STMT_EXECUTE) {
                note.executes(session.statement(packet.getIntLE(at + 1)));
            }
        }
        if (answered(command)) {
            ErrorReport lost = lease.leaving().takeLost();
            if (lost != null) {
                statements.notRun(command, session, packet, at + 1);
                packet.release();
                answers.refuse(lost);
                return;
            }
        }
        switch (command) {
            case QUERY -> query(packet, at + 1, whole);
            case STMT_EXECUTE, STMT_RESET, STMT_FETCH -> statements.run(command, session, packet, at + 1);
            case STMT_PREPARE -> statements.prepare(session, packet, at + 1, whole);
            case STMT_SEND_LONG_DATA -> statements.longData(session, packet, at + 1, whole);
            case STMT_CLOSE -> statements.close(session, packet, at + 1);
            case PING -> {
                if (lease.phase() == Lease.Phase.HELD) {
                    // It keeps the backend from wait_timeout, and tells whether the transaction is still open.
                    run(command, StatementFacts.PLAIN, packet);
                } else {
                    packet.release();
                    answers.ok(session);
                }
            }
            case QUIT -> {
                packet.release();
                client.close();
            }
            case RESET_CONNECTION -> {
                if (lease.phase() == Lease.Phase.HELD && session.pins().keptByReset()) {
                    run(command, StatementFacts.PLAIN, packet);
                    return;
                }
                packet.release();
                lease.leaving().reset();
                session.reset();
                answers.ok(session);
            }
            case SET_OPTION -> setOption(packet, at + 1);
            case PROCESS_KILL -> {
                long id = packet.getUnsignedIntLE(at + 1);
                packet.release();
                kill(id, false);
            }
            case INIT_DB -> {
                if (!refused(SchemaGuard.initDb(session, client, packet, at + 1), packet)) {
                    run(command, StatementFacts.PLAIN, packet);
                }
            }
            case FIELD_LIST, STATISTICS, PROCESS_INFO, DEBUG, REFRESH, CREATE_DB, DROP_DB ->
                run(command, StatementFacts.PLAIN, packet);
            default -> {
                packet.release();
                answers.refuse(ErrorReport.commandNotServed(command.name()));
            }
        }
    }

    /** Told whether a schema can be used. */
    public interface SchemaOutcome {
        /**
         * The database has answered.
         *
         * @param error the payload of the ERR packet that the client gets, or null
         */
        void done(byte @Nullable [] error);
    }

    /** Makes a backend equal to the session, which selects its schema: for a login that names one. */
    public void checkSchema(SchemaOutcome outcome) {
        lease.pending().setPing(client.allocator());
        lease.pending().silent = outcome::done;
        lease.run();
    }

    /** Whether no command runs and no backend is kept; one whose last statement is being read back goes by itself. */
    public boolean idle() {
        return lease.phase() == Lease.Phase.FREE
                || (lease.phase() == Lease.Phase.READING && !lease.pending().unsent());
    }

    private static boolean answered(Command command) {
        return command != Command.QUIT && command != Command.STMT_CLOSE && command != Command.STMT_SEND_LONG_DATA;
    }

    private void run(Command command, StatementFacts facts, ByteBuf packet) {
        lease.pending().set(command, facts, packet);
        lease.run();
    }

    private void query(ByteBuf packet, int at, boolean whole) {
        digest.keep(packet, at, packet.writerIndex() - at);
        if (!whole) {
            StatementClassifier own = new StatementClassifier();
            own.begin(dialect.of(session));
            own.feed(packet, at, packet.writerIndex() - at);
            streamClassifier = own;
            lease.pending().set(Command.QUERY, StatementFacts.PLAIN, packet);
            // Until its end has been read the statement counts as one that may look at anything.
            lease.pending().whole = false;
            lease.run();
            return;
        }
        StatementFacts facts = facts(packet, at, packet.writerIndex() - at);
        if ((facts.hasAny(SETS_SESSION_TRACKING | KILLS | LOAD_DATA_LOCAL) && special(facts, packet))
                || refused(NotPrepared.within(facts), packet)) {
            return;
        }
        if (!refused(SchemaGuard.statement(session, client, facts, packet, at), packet)) {
            run(Command.QUERY, facts, packet);
        }
    }

    /** Refuses the command where there is a reason, and releases its packet then. */
    boolean refused(@Nullable ErrorReport reason, ByteBuf packet) {
        if (reason == null) {
            return false;
        }
        packet.release();
        session.last().answeredError();
        answers.refuse(reason);
        return true;
    }

    /** What the text is to the proxy, by the session's lexical rules. */
    StatementFacts facts(ByteBuf packet, int at, int length) {
        return context.switches().observing()
                ? classifier.classify(packet, at, length, dialect.of(session))
                : StatementFacts.PLAIN;
    }

    /** Statements that do not go to the server as they are; false where it does after all. */
    private boolean special(StatementFacts facts, ByteBuf packet) {
        if (facts.has(SETS_SESSION_TRACKING)) {
            packet.release();
            answers.refuse(ErrorReport.notSupported("SET of session_track_* variables", "the proxy needs them itself"));
            return true;
        }
        KillTarget target = facts.killTarget();
        if (facts.has(KILLS)) {
            packet.release();
            if (target == null || facts.statements() > 1) {
                answers.refuse(ErrorReport.notSupported("KILL of anything but one connection id", "KILL [QUERY] <id>"));
            } else {
                kill(target.id(), target.query());
            }
            return true;
        }
        if (facts.has(LOAD_DATA_LOCAL) && !Capabilities.has(session.capabilities(), Capabilities.LOCAL_FILES)) {
            packet.release();
            answers.refuseLocalData(session, context.profile().mariaDb());
            return true;
        }
        return false;
    }

    // ---------------------------------------------------------------- streaming

    /** More bytes of a command that streams, headers of further packets included; takes ownership. */
    public void stream(ByteBuf bytes, boolean last) {
        lease.stream(bytes);
        if (last) {
            StatementClassifier own = streamClassifier;
            if (own != null) {
                lease.pending().facts = own.end();
                lease.leased().fold().facts(lease.pending().facts);
                streamClassifier = null;
            }
            lease.streamed();
        }
    }

    /** Packets of the client's file; takes ownership. */
    public void file(ByteBuf packets, boolean last) {
        lease.file(packets, last);
    }

    /** Payload bytes of a streamed statement, for the classifier. */
    public void classify(ByteBuf bytes, int index, int length) {
        StatementClassifier own = streamClassifier;
        if (own != null) {
            own.feed(bytes, index, length);
        }
    }

    // ---------------------------------------------------------------- answered here

    private void setOption(ByteBuf packet, int at) {
        int option = packet.getUnsignedShortLE(at);
        if (option > 1) {
            packet.release();
            answers.refuse(ErrorReport.commandNotServed("SET_OPTION " + option));
            return;
        }
        session.multiStatements(option == 0);
        if (lease.phase() == Lease.Phase.HELD) {
            // The answer tells whether a transaction is open, which an error before it has not told.
            run(Command.SET_OPTION, StatementFacts.PLAIN, packet);
            return;
        }
        packet.release();
        answers.eof(session);
    }

    private void kill(long id, boolean queryOnly) {
        Conversation victim = context.clients().get(id);
        if (victim == null || !victim.session().user().equals(session.user())) {
            session.last().answeredError();
            answers.refuse(ErrorReport.noSuchClient(id));
            return;
        }
        victim.lease.execute(() -> victim.killed(
                queryOnly,
                failure -> client.execute(() -> {
                    if (failure == null) {
                        answers.ok(session);
                    } else {
                        answers.refuse(ErrorReport.proxyFault(failure));
                    }
                })));
    }

    /** The answer to a command went out. */
    public void commandEnded() {
        if (lease.phase() == Lease.Phase.HELD) {
            note.ended(System.nanoTime());
        }
    }

    /** This client at this moment. On its event loop. */
    public ClientFacts facts() {
        return new ClientFacts(
                session.connectionId(),
                session.user(),
                session.state().schema(),
                session.attributes(),
                lease.permit().clientClass().name(),
                client.remoteAddress(),
                client.encrypted(),
                connectedNanos,
                lease.phase(),
                note.beganNanos(),
                lease.requestedNanos(),
                lease.attachedNanos(),
                note.endedNanos(),
                session.pins().reasons(),
                session.pins().sinceNanos(),
                lease.backendConnectionId(),
                lease.permit().clientClass().queueTimeout().toNanos(),
                note.digest(),
                session.pins().broughtBy());
    }

    /** This client is killed: what runs for it ends, and for more than KILL QUERY its connection too. On its event loop. */
    public void killed(boolean queryOnly, BackendKill.Outcome outcome) {
        kill.kill(queryOnly, outcome);
    }

    // ---------------------------------------------------------------- beginning again and ending

    /** Lets go of all that the session holds, before another session begins on the same connection. */
    public void endSession() {
        lease.leaving().reset();
        session.reset();
    }

    /** Another session on the same connection; {@link #endSession} came first. */
    public void begin(ClientSession next) {
        session = next;
        lease.leased().begin(next);
    }

    /** The client is gone. Called once. */
    public void close() {
        context.clients().remove(this);
        lease.leaving().close();
    }
}
