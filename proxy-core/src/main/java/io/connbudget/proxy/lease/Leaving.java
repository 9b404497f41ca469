package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How a lease ends where no command boundary ends it: its backend is lost, its session is reset, its client is gone. One
 * per lease; owned by the client's event loop.
 */
final class Leaving {
    /** How long a server may take to see that its client is gone. */
    private static final long KILL_AFTER_MILLIS = 200;

    private final LeaseContext context;
    private final Lease lease;
    private final ClientPort client;
    private final LeasedSession leased;
    private final PendingCommand pending;
    private final RelayedAnswer answer;
    private final LastReading reading;
    private final OwnAnswers own;
    private @Nullable ErrorReport lostWhileIdle;
    private boolean resetting;
    private boolean gone;

    Leaving(
            LeaseContext context,
            Lease lease,
            ClientPort client,
            LeasedSession leased,
            PendingCommand pending,
            RelayedAnswer answer,
            LastReading reading,
            OwnAnswers own) {
        this.context = context;
        this.lease = lease;
        this.client = client;
        this.leased = leased;
        this.pending = pending;
        this.answer = answer;
        this.reading = reading;
        this.own = own;
    }

    /**
     * The backend is gone or cannot be trusted. A statement in flight has an unknown outcome, and its client is told so;
     * the client of a session that the backend held is told at its next command. The client's connection stays (contract
     * 7), but where an answer had begun that cannot be completed.
     */
    void lost(ErrorReport report) {
        ClientSession session = leased.session();
        Lease.Phase was = lease.phase();
        boolean answerBegun = was == Lease.Phase.RELAYING && answer.relay().begun();
        boolean stateLost = !session.pins().isEmpty();
        boolean unreadLost = was == Lease.Phase.READING && reading.ofSession();
        lease.discard(report.message());
        client.metrics().error(report.error());
        context.events().lost(session, report);
        leased.backendLost(report);
        if (was == Lease.Phase.HELD && stateLost) {
            // Its client is told by the answer to its next command: what the session had on the backend is gone.
            lostWhileIdle = report;
            answer.doneAfterAll();
            return;
        }
        if (was == Lease.Phase.READING && !(unreadLost && pending.unsent())) {
            lostWhileIdle = unreadLost ? report : lostWhileIdle;
            lease.runKept();
            return;
        }
        if (answerBegun) {
            pending.release();
            client.flush();
            client.close();
        } else if (was != Lease.Phase.HELD) {
            // One that is held for nothing was answered already, and is about to be let go.
            if (!pending.answered() && (stateLost || unreadLost)) {
                lostWhileIdle = report;
            }
            own.give(Errors.payload(report));
        }
    }

    /** The budget takes the backend that the session keeps: it is reset, and the client told at its next command. */
    void taken(ErrorReport report) {
        lostWhileIdle = report;
        reset();
        leased.backendLost(report);
        answer.doneAfterAll();
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

    /** Lets a held backend go although the session has state on it: it is reset first. The session's pins are gone. */
    void reset() {
        boolean outlivesReset = leased.session().pins().outlivesReset();
        boolean mayHaveRole = leased.session().pins().mayHaveRole();
        leased.session().pins().clear();
        leased.fold().unread().forget();
        if (lease.phase() == Lease.Phase.READING) {
            // Nothing keeps this backend; it goes when the answers that are on their way have come.
            reading.forNobody();
        } else if (lease.attached() && lease.boundary().killed()) {
            // The KILL may reach the server after the reset.
            lease.discard("a KILL of it is on its way");
        } else if (lease.attached()
                && (outlivesReset || (mayHaveRole && context.profile().mariaDb()))) {
            // MariaDB resets a session whose transaction is prepared, and keeps its locks until the server ends; at the
            // end
            // of a connection the transaction is there for whoever commits it. Its COM_CHANGE_USER keeps roles.
            lease.discard("its client left what a reset does not end");
        } else if (lease.attached()) {
            Backend b = lease.backend();
            b.memory.needReset();
            if (mayHaveRole) {
                b.memory.needLogin();
            }
            lease.end(System.nanoTime());
            resetting = true;
            new BackendReset(context, lease, b, client.eventLoop()).start();
        }
    }

    /** Whether the client went away while its backend was read: what was read keeps the backend for nobody. */
    boolean gone() {
        return gone;
    }

    /** The backend that the session left state on is being reset; it has the permit until then. */
    boolean resetting() {
        return resetting;
    }

    /** The backend of {@link #reset} has gone to the desk, and the permit with it: a command that came since may run. */
    void resetEnded() {
        resetting = false;
        if (lease.phase() == Lease.Phase.WAITING) {
            context.desk().request(lease, lease.requestedNanos());
        }
    }

    /** The client is gone: gives everything back. Called once. */
    void close() {
        Lease.Phase was = lease.phase();
        pending.release();
        client.metrics().bytesToClient(answer.relay().takeRelayedBytes());
        if (was == Lease.Phase.READING) {
            // The reading ends by itself, and with it the lease.
            gone = true;
            context.desk().leave(lease);
            return;
        }
        if (was == Lease.Phase.EXPECTING) {
            lease.enter(Lease.Phase.FREE);
        } else if (was == Lease.Phase.WAITING) {
            lease.enter(Lease.Phase.FREE);
            answer.tellExpecting();
            if (!resetting) {
                context.desk().end(lease);
            }
        } else if (was == Lease.Phase.HELD) {
            reset();
        } else if (lease.attached()) {
            BackendConnection abandoned = lease.backend().connection;
            lease.discard("its client went away in the middle of a command");
            endSoon(abandoned);
        }
        answer.relay().abort();
        context.desk().leave(lease);
    }

    /**
     * A server that is busy with a statement does not see that nobody waits for it: it would go on, and count the connection, when
     * its permit is long another's. One that is done closes by itself. Tried again while there is no connection to say it over.
     */
    private void endSoon(BackendConnection abandoned) {
        try {
            client.eventLoop()
                    .schedule(
                            () -> {
                                if (abandoned.channel().isOpen()) {
                                    context.kill().kill(abandoned.connectionId(), false, failure -> {
                                        if (failure != null) {
                                            endSoon(abandoned);
                                        }
                                    });
                                }
                            },
                            KILL_AFTER_MILLIS,
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The proxy ends, and its connections with it.
            return;
        }
    }
}
