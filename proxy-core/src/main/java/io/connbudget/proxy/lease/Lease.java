package io.connbudget.proxy.lease;

import io.connbudget.budget.ClientIdentity;
import io.connbudget.budget.Permit;
import io.connbudget.budget.Refusal;
import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.wire.Command;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.EventLoop;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One client's use of backends, one after the other. Reused for the client's whole life; owned by the client's event
 * loop.
 *
 * <p>Its parts, in the order of a command's way: {@link Sending} with {@link Preparation} (SWITCHING, PREPARING),
 * {@link BackendEvents} (what comes from the backend), {@link RelayedAnswer} (RELAYING), {@link CommandBoundary} (HELD or
 * handed on), {@link LastReading} (READING). {@link OwnAnswers} answers where no backend does; {@link Leaving} ends what no
 * command boundary ends.
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
 *   FREE --COM_STMT_PREPARE that a server is being asked by another client--> EXPECTING --answered--> FREE
 *                                                                                      '--no answer--> WAITING
 *   any --client gone--> the backend is reset and released, or discarded
 * </pre>
 */
public final class Lease {
    /** Where the lease is; see the picture. */
    public enum Phase {
        FREE,
        EXPECTING,
        WAITING,
        SWITCHING,
        PREPARING,
        RELAYING,
        HELD,
        READING
    }

    private final LeaseContext context;
    private final ClientPort client;
    private final PendingCommand pending = new PendingCommand();
    private final LeasedSession leased;
    private final RelayedAnswer answer;
    private final ResponseRelay relay;
    private final Sending sending;
    private final LastReading reading;
    private final Leaving leaving;
    private final OwnAnswers own;
    private final BackendEvents events;
    private final BackendClaim claim;
    private final CommandBoundary boundary;
    private @Nullable Permit permit;
    /** Guarded by the desk's lock, as the permit's state is. */
    private @Nullable ClientIdentity nextIdentity;

    private Phase phase = Phase.FREE;
    private @Nullable Backend backend;
    private long requestedNanos;
    private long attachedNanos;

    public Lease(LeaseContext context, ClientPort client, ClientSession session) {
        this.context = context;
        this.client = client;
        this.leased = new LeasedSession(context, session);
        this.answer = new RelayedAnswer(context, this, client, leased, pending);
        this.relay = answer.relay();
        this.reading = new LastReading(client, leased, relay);
        this.own = new OwnAnswers(this, client, leased, pending, answer);
        this.sending = new Sending(
                this, client, leased, pending, new Preparation(context, client, leased, relay), answer, own);
        this.leaving = new Leaving(context, this, client, leased, pending, answer, reading, own);
        this.claim = new BackendClaim(context, this, client);
        this.boundary = new CommandBoundary(context, this, client, pending, answer, reading, claim);
        this.events = new BackendEvents(this, client, answer);
    }

    void permit(Permit granted) {
        permit = granted;
    }

    Permit permit() {
        return Objects.requireNonNull(permit, "the client was not admitted");
    }

    /** Who logged in while the permit was still needed for the session before; null if nobody did. */
    @Nullable ClientIdentity nextIdentity() {
        return nextIdentity;
    }

    void nextIdentity(@Nullable ClientIdentity identity) {
        nextIdentity = identity;
    }

    ClientSession session() {
        return leased.session();
    }

    LeasedSession leased() {
        return leased;
    }

    PendingCommand pending() {
        return pending;
    }

    public Phase phase() {
        return phase;
    }

    /** Goes on to another phase; where a lease ends, {@link #end} does. */
    void enter(Phase next) {
        phase = next;
    }

    public EventLoop eventLoop() {
        return client.eventLoop();
    }

    /** Runs a task on the event loop, behind this call; a fault in it ends the client's connection. Any thread. */
    void execute(Runnable task) {
        client.execute(task);
    }

    long requestedNanos() {
        return requestedNanos;
    }

    /** The backend that this lease gave up went to another one. */
    void handedOn() {
        client.metrics().handoff();
    }

    /** Whether the client has a part of the answer to its command. */
    public boolean answerBegun() {
        return phase == Phase.RELAYING && relay.begun();
    }

    long attachedNanos() {
        return attachedNanos;
    }

    /** The server's id of the connection that the client has now; 0 when it has none. */
    long backendConnectionId() {
        Backend b = backend;
        return b == null ? 0 : b.connection.connectionId();
    }

    /** Runs the command in {@link #pending()}. */
    void run() {
        if (phase == Phase.HELD) {
            claim.active();
            if (!boundary.readsSettings()) {
                sending.begin(backend());
            }
            return;
        }
        if (phase == Phase.READING) {
            // It runs when what the last command left has been read.
            return;
        }
        if (pending.command == Command.STMT_PREPARE && (own.givePrepared() || expects())) {
            return;
        }
        request();
    }

    /** Whether another client's COM_STMT_PREPARE is about to be answered, and the answer will do for this one. */
    private boolean expects() {
        if (leaving.resetting()
                || !Expectation.begin(
                        eventLoop(), told -> leased.plan().kept().expect(pending, told), this::expectedEnded)) {
            return false;
        }
        phase = Phase.EXPECTING;
        return true;
    }

    private void expectedEnded() {
        if (phase == Phase.EXPECTING) {
            phase = Phase.FREE;
            if (!own.givePrepared()) {
                request();
            }
        }
    }

    private void request() {
        answer.asking();
        phase = Phase.WAITING;
        requestedNanos = System.nanoTime();
        if (!leaving.resetting()) {
            context.desk().request(this, requestedNanos);
        }
    }

    /** Runs a command that came while the backend was read. */
    void runKept() {
        if (pending.unsent()) {
            pending.stateRead(session().state());
            run();
        }
    }

    /** More bytes of a command that streams; takes ownership. */
    void stream(ByteBuf bytes) {
        if (backend == null) {
            bytes.release();
        } else {
            sending.more(backend, bytes);
        }
    }

    /** The end of a command that streams has been sent, or dropped. */
    void streamed() {
        if (phase == Phase.RELAYING && relay.complete()) {
            answer.none(backend());
        }
    }

    // ---------------------------------------------------------------- the desk's answers

    void attach(Backend granted, long nowNanos) {
        if (phase != Phase.WAITING) {
            // The client went away, or was refused, while the backend was on its way to this event loop.
            context.desk().release(this, granted, nowNanos);
            return;
        }
        // First the sink: a close that comes behind the look at it is told to this lease.
        granted.connection.sink(events);
        if (!granted.open()) {
            context.desk().replace(this, granted, "dead when it was attached");
            return;
        }
        backend = granted;
        attachedNanos = nowNanos;
        client.metrics().queueWait(attachedNanos - requestedNanos);
        client.metrics().leaseStarted();
        sending.begin(granted);
    }

    void refused(Refusal refusal) {
        if (phase == Phase.WAITING) {
            client.metrics().queueWait(System.nanoTime() - requestedNanos);
            client.metrics().error(Errors.of(refusal.reason()));
            context.events().refused(session(), refusal);
            phase = Phase.FREE;
            own.give(Errors.payload(refusal.code(), refusal.sqlState(), refusal.message()));
        }
    }

    void unreachable(BackendUnavailable reason) {
        if (phase == Phase.WAITING) {
            context.desk().end(this);
            phase = Phase.FREE;
            own.give(context.unreachable(reason));
        }
    }

    // ---------------------------------------------------------------- the attached backend

    /** The attached backend; there must be one. */
    Backend backend() {
        return Objects.requireNonNull(backend, "no backend is attached");
    }

    boolean attached() {
        return backend != null;
    }

    /** Whether this is the backend that the lease has. */
    boolean has(BackendConnection c) {
        return backend != null && backend.connection == c;
    }

    /** Whether the answer that has just ended is not the last one of what was written to the backend. */
    boolean moreAsked() {
        return switch (phase) {
            case PREPARING -> sending.moreAsked();
            case READING -> reading.moreAsked();
            default -> false;
        };
    }

    /** The relay has got one answer whole. */
    void answered() {
        switch (phase) {
            case PREPARING -> sending.stepAnswered(backend());
            case RELAYING -> boundary.reached();
            case READING -> boundary.read();
            default -> throw new IllegalStateException("an answer in phase " + phase);
        }
    }

    /** Bytes of an answer to COM_CHANGE_USER; returns the index behind those used. */
    int switchAnswered(ByteBuf in, int from) {
        return sending.switchAnswered(backend(), in, from);
    }

    /** Bytes of the client's file, as packets; takes ownership. The last ones hold the empty packet. */
    void file(ByteBuf packets, boolean last) {
        boolean sent = backend != null;
        stream(packets);
        if (last && sent) {
            boundary.fileSent();
        }
    }

    /** What becomes of the backend when a command was answered. */
    CommandBoundary boundary() {
        return boundary;
    }

    // ---------------------------------------------------------------- letting go

    /** The lease is over: the caller has the backend. */
    void end(long now) {
        answer.tellExpecting();
        client.metrics().leaseTime(now - attachedNanos);
        ChannelConfig config = backend().connection.channel().config();
        if (!config.isAutoRead()) {
            // It was stopped for this client's sake.
            config.setAutoRead(true);
        }
        backend = null;
        phase = Phase.FREE;
        reading.end();
        claim.end();
    }

    /** Ends the lease on a backend that cannot be used again. */
    void discard(String reason) {
        Backend b = backend();
        relay.abort();
        sending.abort();
        leased.fold().unread().forget();
        client.metrics().backendDiscarded();
        end(System.nanoTime());
        context.desk().discard(this, b, reason);
    }

    /** The backend is unfit, and nothing of the client's was sent to it: the lease waits for another one. */
    void replace(String reason) {
        Backend b = backend();
        relay.abort();
        sending.abort();
        client.metrics().backendDiscarded();
        end(System.nanoTime());
        phase = Phase.WAITING;
        context.desk().replace(this, b, reason);
    }

    /** The client's outbound buffer crossed a water mark: the backend stops or goes on sending. */
    public void clientWritable(boolean writable) {
        Backend b = backend;
        if (b != null) {
            b.connection.channel().config().setAutoRead(writable);
        }
    }

    // ---------------------------------------------------------------- ending

    /** What ends the lease otherwise than by a command boundary. */
    Leaving leaving() {
        return leaving;
    }

    /** The budget's claim on the backend that the session keeps. */
    BackendClaim claim() {
        return claim;
    }

    /** Why the session keeps its backend; null when it keeps none. */
    public @Nullable PinReason pinReason() {
        return attached() ? session().pins().first() : null;
    }
}
