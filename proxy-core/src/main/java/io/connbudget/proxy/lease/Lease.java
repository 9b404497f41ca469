package io.connbudget.proxy.lease;

import io.connbudget.budget.Permit;
import io.connbudget.budget.Refusal;
import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendSink;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.Prologue;
import io.connbudget.proxy.session.SessionFold;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.message.ErrPacket;
import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.EventLoop;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One client's use of backends, one after the other. Reused for the client's whole life; owned by the client's event
 * loop, and so are all methods but {@link BackendSink}'s, which change over to it.
 *
 * <pre>
 *   FREE --command--> WAITING --backend--> SWITCHING (another schema-less login first: COM_CHANGE_USER)
 *    ^                   |                     |
 *    |                   '-----------------> PREPARING (prologue; the command goes with it or behind it)
 *    |                                         |
 *    |   <--refused, unreachable--          RELAYING (the answer to the command)
 *    |                                         | command boundary
 *    |                            .------------+------------.
 *    |                       pinned                      may let go
 *    |                          v                           v
 *    |      next command <-- HELD                 READING (what only this backend knows is read)
 *    '------------------------------------------------------'
 *   any --client gone--> the backend is reset and released, or discarded
 * </pre>
 */
public final class Lease implements BackendSink, ResponseRelay.Observer {
    private static final byte[] NOTHING = new byte[0];

    /** A warm backend that needs nothing at all. */
    static final int PERFECT_FIT = 7;

    /** Where the lease is; see the picture. */
    public enum Phase {
        FREE,
        WAITING,
        SWITCHING,
        PREPARING,
        RELAYING,
        HELD,
        READING
    }

    private final LeaseContext context;
    private final ClientPort client;
    private final ResponseRelay relay;
    private final PendingCommand pending = new PendingCommand();
    private @Nullable Permit permit;
    private ClientSession session;
    private SessionFold fold;
    private CommandPlan plan;
    private Phase phase = Phase.FREE;
    private @Nullable Backend backend;
    private @Nullable Prologue prologue;
    private @Nullable AccountSwitch accountSwitch;
    private @Nullable ReadBack readBack;
    private boolean doneWhenWritable;
    /** KILLs of this client's backend that the server has not confirmed. */
    private int kills;

    private int prologueStep;
    private byte @Nullable [] prologueError;
    private @Nullable ErrorReport lostWhileIdle;
    private long requestedNanos;
    private long attachedNanos;
    private boolean written;
    /** The backend that the session left state on is being reset; it has the permit until then. */
    private boolean resetting;
    /** What is being read from the backend belongs to a session that has ended. */
    private boolean readForNobody;

    public Lease(LeaseContext context, ClientPort client, ClientSession session) {
        this.context = context;
        this.client = client;
        this.relay = new ResponseRelay(client.allocator(), this::writeToClient, this);
        this.session = session;
        this.fold = new SessionFold(session);
        this.plan = new CommandPlan(context, session);
    }

    void permit(Permit granted) {
        permit = granted;
    }

    Permit permit() {
        return Objects.requireNonNull(permit, "the client was not admitted");
    }

    ClientSession session() {
        return session;
    }

    /** Another session begins on the same client connection (COM_CHANGE_USER); no backend may be held. */
    void session(ClientSession next) {
        session = next;
        fold = new SessionFold(next);
        plan = new CommandPlan(context, next);
    }

    SessionFold fold() {
        return fold;
    }

    PendingCommand pending() {
        return pending;
    }

    public Phase phase() {
        return phase;
    }

    EventLoop eventLoop() {
        return client.eventLoop();
    }

    long requestedNanos() {
        return requestedNanos;
    }

    /** The server's id of the connection that the client has now; 0 when it has none. */
    long backendConnectionId() {
        Backend b = backend;
        return b == null ? 0 : b.connection.connectionId();
    }

    /** How well a warm backend fits: higher is better. Called under the desk's lock. */
    int fit(Backend candidate) {
        int fit = 0;
        if (Prologue.needsChangeUser(candidate.memory, session)) {
            fit -= 4;
        } else if (candidate.memory.state().equals(session.state()) && !candidate.memory.resetNeeded()) {
            fit += 4;
        }
        if (candidate.memory.lastSession() == session) {
            fit += 2;
        }
        if (candidate.connection.eventLoop() == client.eventLoop()) {
            fit += 1;
        }
        return fit;
    }

    /** Ends the cursor of a statement that its client closes: the backend's own statement stays for others. */
    void closeCursor(ClientStatement statement) {
        session.cursor(statement, false, System.nanoTime());
        Backend b = backend;
        if (b != null && phase == Phase.HELD) {
            BackendStatements.Prepared prepared = b.memory.statements().remove(statement.text());
            if (prepared != null) {
                ByteBuf close = client.allocator().buffer(Packets.HEADER_BYTES + 5);
                Packets.writeHeader(close, 5, 0);
                close.writeByte(Command.STMT_CLOSE.code()).writeIntLE(prepared.id());
                b.connection.channel().writeAndFlush(close);
            }
            letGo(System.nanoTime());
        }
    }

    /** A KILL of the backend is on its way: the backend stays this client's until {@link #killEnds}. */
    void killBegins() {
        kills++;
    }

    /** The server has taken the KILL, or could not be asked. */
    void killEnds() {
        kills--;
        if (kills == 0 && phase == Phase.HELD && backend != null) {
            letGo(System.nanoTime());
        }
    }

    /** Runs the command in {@link #pending()}. */
    void run() {
        if (phase == Phase.HELD) {
            dispatch();
            return;
        }
        if (phase == Phase.READING) {
            // It runs when what the last command left has been read.
            return;
        }
        phase = Phase.WAITING;
        requestedNanos = System.nanoTime();
        if (!resetting) {
            context.desk().request(this, requestedNanos);
        }
    }

    /**
     * What happened to the client's transaction since its last command: the answer to its next one. Null when nothing
     * did; forgotten by this call.
     */
    @Nullable ErrorReport takeLost() {
        ErrorReport report = lostWhileIdle;
        lostWhileIdle = null;
        return report;
    }

    /** More bytes of a command that streams; takes ownership. */
    void stream(ByteBuf bytes) {
        Backend b = backend;
        if (b == null) {
            bytes.release();
            return;
        }
        client.metrics().bytesToBackend(bytes.readableBytes());
        b.connection.channel().writeAndFlush(bytes, b.connection.channel().voidPromise());
    }

    /** Whether a command that streams may go on sending. */
    boolean streaming() {
        return phase == Phase.RELAYING && !pending.unsent();
    }

    // ---------------------------------------------------------------- the desk's answers

    void attach(Backend granted) {
        if (phase != Phase.WAITING) {
            // The client went away, or was refused, while the backend was on its way to this event loop.
            context.desk().release(this, granted, System.nanoTime());
            return;
        }
        // First the sink: a close that comes behind the look at it is told to this lease.
        granted.connection.sink(this);
        if (!granted.open()) {
            context.desk().replace(this, granted);
            return;
        }
        backend = granted;
        attachedNanos = System.nanoTime();
        client.metrics().queueWait(attachedNanos - requestedNanos);
        client.metrics().leaseStarted();
        dispatch();
    }

    void refused(Refusal refusal) {
        if (phase == Phase.WAITING) {
            client.metrics().queueWait(System.nanoTime() - requestedNanos);
            context.events().refused(session, refusal);
            answerPayload(Errors.payload(refusal.code(), refusal.sqlState(), refusal.message()));
        }
    }

    void unreachable(BackendUnavailable reason) {
        if (phase == Phase.WAITING) {
            context.desk().end(this);
            answer(context.unreachable(reason));
        }
    }

    // ---------------------------------------------------------------- sending

    private Backend backend() {
        return Objects.requireNonNull(backend, "no backend is attached");
    }

    private void dispatch() {
        try {
            send();
        } catch (MalformedPacketException e) {
            // The client's packet does not fit its statement. What is on the way to the backend has answers to come.
            ErrorReport report = ErrorReport.malformedPacket(String.valueOf(e.getMessage()));
            pending.release();
            discard("its client's command was malformed");
            client.metrics().error(report.error());
            client.answer(Errors.payload(report));
            client.close();
        }
    }

    private void send() {
        Backend b = backend();
        if (Prologue.otherAccount(b.memory, session)
                || (Prologue.needsChangeUser(b.memory, session)
                        && session.pins().isEmpty())) {
            changeUser(b);
            return;
        }
        CommandPlan.Result result = plan.make(client.allocator(), b.memory, pending);
        if (result == CommandPlan.Result.REFUSE) {
            ErrorReport refusal = plan.refusal();
            pending.release();
            answerHere(Errors.payload(refusal));
            return;
        }
        if (result == CommandPlan.Result.ANSWER) {
            pending.release();
            answerKept(plan.answer());
            return;
        }
        fold.begin(pending.command, pending.facts);
        prologue = plan.prologue();
        prologueStep = 0;
        b.memory.lastSession(session);
        if (prologue == null) {
            sendCommand(b);
            return;
        }
        phase = Phase.PREPARING;
        client.metrics().prologueBytes(prologue.packets().readableBytes());
        b.connection.channel().write(prologue.packets(), b.connection.channel().voidPromise());
        if (!prologue.confirm()) {
            writeCommand(b);
        }
        b.connection.channel().flush();
        nextStep();
    }

    private void changeUser(Backend b) {
        BackendAccount account = context.backendAccounts().of(session.backendUser());
        byte[] refusal = account.recentRefusal(System.nanoTime());
        if (refusal != null) {
            pending.release();
            answerHere(refusal);
            return;
        }
        phase = Phase.SWITCHING;
        accountSwitch = new AccountSwitch(account, client.allocator(), b.connection.encrypted());
        b.connection.channel().writeAndFlush(accountSwitch.request());
    }

    private void sendCommand(Backend b) {
        writeCommand(b);
        b.connection.channel().flush();
        expectAnswer();
    }

    private void writeCommand(Backend b) {
        ByteBuf packet = plan.encode(client.allocator(), b.memory, pending);
        client.metrics().bytesToBackend(packet.readableBytes());
        b.connection.channel().write(packet, b.connection.channel().voidPromise());
    }

    private void expectAnswer() {
        phase = Phase.RELAYING;
        relay.begin(
                pending.command,
                session.capabilities(),
                pending.silent == null ? ResponseRelay.Mode.RELAY : ResponseRelay.Mode.SWALLOW);
        if (pending.facts.has(Facts.CALLS_ROUTINE)) {
            relay.mayReturnOutParameters();
        }
        if (!client.commandComplete()) {
            relay.anySequence();
        }
        client.backendWritable(true);
        if (relay.complete()) {
            unanswered();
        }
    }

    /** The command has no answer: long data of a prepared statement, which is at this backend only from here on. */
    private void unanswered() {
        session.pins().add(PinReason.LONG_DATA, System.nanoTime());
        pending.release();
        phase = Phase.HELD;
        if (backend().connection.channel().isWritable()) {
            client.commandDone();
        } else {
            doneWhenWritable = true;
        }
    }

    /** Goes on with the next answer of the prologue, or with the command. */
    private void nextStep() {
        Prologue steps = Objects.requireNonNull(prologue);
        if (prologueStep < steps.expected().size()) {
            relay.begin(steps.expected().get(prologueStep++), 0, ResponseRelay.Mode.SWALLOW);
            return;
        }
        Backend b = backend();
        prologue = null;
        byte[] error = prologueError;
        if (error != null) {
            // Nothing of the client's was sent. The server's own words say best what is wrong.
            prologueError = null;
            ByteBuf unsent = pending.packet;
            pending.packet = null;
            if (unsent != null) {
                unsent.release();
            }
            b.memory.needReset();
            answerHere(error);
            return;
        }
        plan.prologueDone(b.memory, steps);
        if (steps.confirm()) {
            sendCommand(b);
        } else {
            expectAnswer();
        }
    }

    // ---------------------------------------------------------------- the backend's bytes

    @Override
    public void bytes(BackendConnection c, ByteBuf buffer) {
        if (client.eventLoop().inEventLoop()) {
            received(c, buffer);
        } else {
            client.eventLoop().execute(() -> {
                received(c, buffer);
                flushClient();
            });
        }
    }

    private void received(BackendConnection c, ByteBuf buffer) {
        if (backend == null || backend.connection != c || phase == Phase.HELD) {
            // Nothing was asked: what is in this connection belongs to nobody.
            buffer.release();
            c.channel().close();
            return;
        }
        ByteBuf in = relay.join(buffer);
        try {
            int i = in.readerIndex();
            int end = in.writerIndex();
            while (i < end && backend != null && backend.connection == c) {
                if (phase == Phase.SWITCHING) {
                    int next = switching(in, i);
                    if (next == i) {
                        break;
                    }
                    i = next;
                    continue;
                }
                i = relay.advance(in, i);
                if (!relay.complete()) {
                    break;
                }
                if (i < end && !moreAsked()) {
                    throw new MalformedPacketException((end - i) + " bytes behind the end of a response");
                }
                completed();
            }
            if (i < end && backend != null && backend.connection == c) {
                relay.keep(in, i);
            }
        } catch (MalformedPacketException | IndexOutOfBoundsException | NumberFormatException e) {
            if (backend == null || backend.connection != c) {
                throw e;
            }
            lost(ErrorReport.backendLost("its answer broke the protocol: " + e.getMessage()));
        } finally {
            in.release();
        }
    }

    /** Whether the answer that has just ended is not the last one of what was written to the backend. */
    private boolean moreAsked() {
        Prologue steps = prologue;
        ReadBack read = readBack;
        return switch (phase) {
            case PREPARING -> steps != null && (prologueStep < steps.expected().size() || !steps.confirm());
            case READING -> read != null && read.moreAsked();
            default -> false;
        };
    }

    private void completed() {
        switch (phase) {
            case PREPARING -> stepDone();
            case RELAYING -> boundary();
            case READING -> readDone();
            default -> throw new IllegalStateException("an answer in phase " + phase);
        }
    }

    private int switching(ByteBuf in, int from) {
        AccountSwitch exchange = Objects.requireNonNull(accountSwitch);
        int next = exchange.received(in, from);
        if (exchange.done() && next < in.writerIndex()) {
            throw new MalformedPacketException("bytes behind the answer to COM_CHANGE_USER");
        }
        ByteBuf reply = exchange.takeReply();
        if (reply != null) {
            backend().connection.channel().writeAndFlush(reply);
        }
        byte[] error = exchange.error();
        if (error != null) {
            accountSwitch = null;
            refusedUser(exchange.account(), error);
        } else if (exchange.done()) {
            accountSwitch = null;
            exchange.account().accepted();
            backend().memory.afterChangeUser(session.backendUser(), null);
            dispatch();
        }
        return next;
    }

    /** MySQL closes a backend that it has refused to change; on MariaDB it would still be the one before. */
    private void refusedUser(BackendAccount account, byte[] error) {
        if (!account.refused(error)) {
            discard("COM_CHANGE_USER was refused");
            answerPayload(error);
            return;
        }
        Backend b = backend();
        client.metrics().backendDiscarded();
        endLease(System.nanoTime());
        phase = Phase.WAITING;
        context.desk().replace(this, b);
    }

    private void stepDone() {
        byte[] error = relay.swallowedError();
        Prologue steps = Objects.requireNonNull(prologue);
        Backend b = backend();
        if (error == null && prologueError != null) {
            nextStep();
            return;
        }
        if (error == null) {
            if (plan.stepDone(b.memory, steps, prologueStep - 1, relay.tracker())) {
                client.metrics().backendPrepare();
            }
            nextStep();
            return;
        }
        if (steps.confirm()) {
            prologueError = error;
            nextStep();
            return;
        }
        prologue = null;
        context.events()
                .prologueFailed(
                        session,
                        steps.expected().get(prologueStep - 1),
                        ErrPacket.decode(Unpooled.wrappedBuffer(error)));
        lost(ErrorReport.backendLost("its session could not be made equal to the client's"));
    }

    @Override
    public void succeeded(OkView ok, ByteBuf buffer) {
        boolean rows = ok.isEof() || ok.header() == OkView.EOF;
        long affected = rows ? -1 : relay.affectedRows(buffer, ok);
        fold.ok(ok, buffer, affected, relay.tracker().rows());
    }

    @Override
    public void failed(int errorCode) {
        fold.error();
    }

    @Override
    public int prepared(int backendStatementId, int parameters) {
        client.metrics().clientPrepare();
        client.metrics().backendPrepare();
        return plan.prepared(backend().memory, pending, backendStatementId, parameters);
    }

    @Override
    public void fileRequested() {
        client.flush();
        client.fileRequested(relay.sequenceShift());
    }

    /** Bytes of the client's file, as packets; takes ownership. The last ones hold the empty packet. */
    void file(ByteBuf packets, boolean last) {
        Backend b = backend;
        stream(packets);
        if (last && b != null) {
            relay.fileSent();
            if (relay.complete()) {
                // The server did not wait for the end of the file.
                boundary();
            }
        }
    }

    /** The command boundary: the answer is complete. */
    private void boundary() {
        long now = System.nanoTime();
        Backend b = backend();
        fold.end(now);
        cursor(now);
        b.memory.state(session.state());
        if (!client.commandComplete()) {
            // The server answered before it had the whole command; what still comes would be taken for another one.
            flushClient();
            session.pins().clear();
            discard("it answered in the middle of a command");
            client.close();
            return;
        }
        client.metrics().bytesToClient(relay.takeRelayedBytes());
        PendingCommand.SilentOutcome silent = pending.silent;
        pending.release();
        flushClient();
        letGo(now);
        if (silent == null) {
            client.commandDone();
        } else {
            silent.done(relay.swallowedError());
        }
    }

    /** A cursor keeps its backend until its last row was fetched, or its statement was reset. */
    private void cursor(long now) {
        switch (pending.command) {
            case STMT_EXECUTE, STMT_FETCH -> {
                session.cursor(pending.statement, relay.tracker().cursorOpen(), now);
                session.pins().remove(PinReason.LONG_DATA);
            }
            case STMT_RESET -> {
                session.cursor(pending.statement, false, now);
                session.pins().remove(PinReason.LONG_DATA);
            }
            default -> {}
        }
    }

    private void letGo(long now) {
        Backend b = backend();
        if (context.pinned(session) || kills > 0) {
            phase = Phase.HELD;
            return;
        }
        // Where the command was answered or refused before anything was sent, the backend holds what another session
        // left.
        boolean ours = b.memory.lastSession() == session && b.memory.state().equals(session.state());
        ReadBack needed = ours ? ReadBack.of(fold, b.memory) : null;
        if (needed != null) {
            readBack = needed;
            phase = Phase.READING;
            relay.begin(Command.QUERY, 0, ResponseRelay.Mode.CAPTURE);
            b.connection.channel().writeAndFlush(needed.query(client.allocator()));
            return;
        }
        endLease(now);
        context.desk().release(this, b, now);
    }

    private void readDone() {
        ReadBack read = Objects.requireNonNull(readBack);
        readBack = null;
        ByteBuf packets = relay.takeCaptured();
        Backend b = backend();
        long now = System.nanoTime();
        try {
            if (relay.swallowedError() != null) {
                discard("what the session left could not be read");
            } else if (readForNobody ? read.skip() : read.apply(packets, fold)) {
                readBack = read;
                relay.begin(Command.QUERY, 0, ResponseRelay.Mode.CAPTURE);
                return;
            } else {
                b.memory.lastInsertId(0);
                if (readForNobody) {
                    b.memory.needReset();
                } else {
                    b.memory.state(session.state());
                }
                b.memory.lastSession(null);
                endLease(now);
                context.desk().release(this, b, now);
            }
        } finally {
            packets.release();
        }
        if (pending.unsent()) {
            run();
        }
    }

    private void endLease(long now) {
        client.metrics().leaseTime(now - attachedNanos);
        ChannelConfig config = backend().connection.channel().config();
        if (!config.isAutoRead()) {
            // It was stopped for this client's sake.
            config.setAutoRead(true);
        }
        backend = null;
        phase = Phase.FREE;
        readForNobody = false;
    }

    /** Ends the lease on a backend that cannot be used again. */
    private void discard(String reason) {
        Backend b = backend();
        relay.abort();
        prologue = null;
        prologueError = null;
        accountSwitch = null;
        readBack = null;
        fold.forget();
        client.metrics().backendDiscarded();
        endLease(System.nanoTime());
        context.desk().discard(this, b, reason);
    }

    @Override
    public void readComplete(BackendConnection c) {
        if (!written || !client.eventLoop().inEventLoop()) {
            return;
        }
        flushClient();
    }

    @Override
    public void closed(BackendConnection c) {
        if (client.eventLoop().inEventLoop()) {
            backendClosed(c);
        } else {
            client.eventLoop().execute(() -> backendClosed(c));
        }
    }

    private void backendClosed(BackendConnection c) {
        if (backend != null && backend.connection == c) {
            lost(ErrorReport.backendLost(
                    phase == Phase.HELD
                            ? "it was closed by the server, and the session lost what it had there: " + session.pins()
                            : "it was closed while a statement ran"));
        }
    }

    /**
     * The backend is gone or cannot be trusted. A statement in flight has an unknown outcome, and its client is told so;
     * the client of a session that the backend held is told at its next command. The client's connection stays (contract
     * 7), but where an answer had begun that cannot be completed.
     */
    private void lost(ErrorReport report) {
        Phase was = phase;
        boolean answerBegun = was == Phase.RELAYING && relay.begun();
        boolean stateLost = !session.pins().isEmpty();
        discard(report.message());
        client.metrics().error(report.error());
        context.events().lost(session, report);
        session.pins().clear();
        session.status(session.status() & ~(ServerStatus.IN_TRANS | ServerStatus.IN_TRANS_READONLY));
        session.forgetCursors();
        if (was == Phase.HELD && stateLost) {
            // Its client is told by the answer to its next command: what the session had on the backend is gone.
            lostWhileIdle = report;
            if (doneWhenWritable) {
                doneWhenWritable = false;
                client.commandDone();
            }
            return;
        }
        if (was == Phase.READING) {
            if (pending.unsent()) {
                run();
            }
            return;
        }
        pending.release();
        if (answerBegun) {
            client.flush();
            client.close();
        } else if (was != Phase.HELD) {
            // One that is held for nothing was answered already, and is about to be let go.
            answerPayload(Errors.payload(report));
        }
    }

    @Override
    public void writabilityChanged(BackendConnection c, boolean writable) {
        if (client.eventLoop().inEventLoop()) {
            backendWritable(c, writable);
        } else {
            client.eventLoop().execute(() -> backendWritable(c, writable));
        }
    }

    private void backendWritable(BackendConnection c, boolean writable) {
        // What follows the first part of a command must not overtake it.
        if (backend != null && backend.connection == c && phase == Phase.RELAYING) {
            client.backendWritable(writable);
        }
        if (writable && doneWhenWritable) {
            doneWhenWritable = false;
            client.commandDone();
        }
    }

    /** The client's outbound buffer crossed a water mark: the backend stops or goes on sending. */
    public void clientWritable(boolean writable) {
        Backend b = backend;
        if (b != null) {
            b.connection.channel().config().setAutoRead(writable);
        }
    }

    // ---------------------------------------------------------------- answering

    private void writeToClient(ByteBuf buffer) {
        written = true;
        client.write(buffer);
        if (!client.writable()) {
            client.flush();
            clientWritable(client.writable());
        }
    }

    private void flushClient() {
        if (written) {
            written = false;
            client.flush();
        }
    }

    /** Answers with packets that a backend gave earlier. */
    private void answerKept(byte[] packets) {
        ByteBuf kept = client.allocator().buffer(packets.length).writeBytes(packets);
        relay.begin(Command.QUERY, session.capabilities(), ResponseRelay.Mode.RELAY);
        relay.advance(kept, 0);
        kept.release();
        written = false;
        answerHere(NOTHING);
    }

    /** Answers the command while a backend is attached, and lets it go where nothing keeps it. */
    private void answerHere(byte[] payload) {
        phase = Phase.HELD;
        PendingCommand.SilentOutcome silent = pending.silent;
        pending.silent = null;
        if (payload.length > 0 && silent == null) {
            client.answer(payload);
        }
        client.flush();
        // Not on this stack: a line of waiters that are all answered here would nest as deep as it is long.
        client.eventLoop().execute(() -> {
            if (backend != null) {
                letGo(System.nanoTime());
            }
            if (silent == null) {
                client.commandDone();
            } else {
                silent.done(payload);
            }
        });
    }

    private void answer(ErrorReport report) {
        client.metrics().error(report.error());
        answerPayload(Errors.payload(report));
    }

    private void answerPayload(byte[] payload) {
        pending.release();
        phase = backend == null ? Phase.FREE : phase;
        PendingCommand.SilentOutcome silent = pending.silent;
        pending.silent = null;
        if (silent != null) {
            silent.done(payload);
            return;
        }
        client.answer(payload);
        client.flush();
        client.commandDone();
    }

    // ---------------------------------------------------------------- ending

    /** Lets a held backend go although the session has state on it: it is reset first. The session's pins are gone. */
    void reset() {
        session.pins().clear();
        fold.forget();
        Backend b = backend;
        if (phase == Phase.READING) {
            // Nothing keeps this backend; it goes when the answers that are on their way have come.
            readForNobody = true;
        } else if (b != null && kills > 0) {
            // The KILL may reach the server after the reset.
            discard("a KILL of it is on its way");
        } else if (b != null) {
            b.memory.needReset();
            endLease(System.nanoTime());
            resetting = true;
            new BackendReset(context, this, b, client.eventLoop()).start();
        }
    }

    /** The backend of {@link #reset} has gone to the desk, and the permit with it: a command that came since may run. */
    void resetEnded() {
        resetting = false;
        if (phase == Phase.WAITING) {
            context.desk().request(this, requestedNanos);
        }
    }

    /** The client is gone: gives everything back. Called once. */
    void close() {
        Phase was = phase;
        pending.release();
        client.metrics().bytesToClient(relay.takeRelayedBytes());
        if (was == Phase.READING) {
            // The reading ends by itself, and with it the lease.
            context.desk().leave(this);
            return;
        }
        if (was == Phase.WAITING) {
            phase = Phase.FREE;
            if (!resetting) {
                context.desk().end(this);
            }
        } else if (was == Phase.HELD) {
            reset();
        } else if (backend != null) {
            discard("its client went away in the middle of a command");
        }
        relay.abort();
        context.desk().leave(this);
    }

    /** Why the session keeps its backend; null when it keeps none. */
    public @Nullable PinReason pinReason() {
        return phase == Phase.HELD && !session.pins().isEmpty() ? session.pins().first() : null;
    }
}
