package io.connbudget.proxy.lease;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.PinReason;
import org.jspecify.annotations.Nullable;

/**
 * The budget's claim on the backend that one session keeps: the session is over a limit of its class, and others wait. One
 * per lease; owned by the client's event loop.
 */
final class BackendClaim {
    private final LeaseContext context;
    private final Lease lease;
    private final ClientPort client;
    /** Why the backend is taken as soon as the statement on it has ended. */
    private @Nullable Refusal due;

    BackendClaim(LeaseContext context, Lease lease, ClientPort client) {
        this.context = context;
        this.lease = lease;
        this.client = client;
    }

    /** The client has its answer, and its session keeps the backend. */
    void held(long nowNanos) {
        ClientSession session = lease.session();
        if (session.pins().isEmpty()) {
            return;
        }
        if (due != null && !lease.boundary().killed()) {
            take(due);
        } else {
            context.desk().reclaimer().idle(lease, !session.pins().only(PinReason.TRANSACTION), nowNanos);
        }
    }

    /** A statement runs on the backend that was kept. */
    void active() {
        context.desk().reclaimer().active(lease);
    }

    /**
     * The budget wants the backend. A statement that came first wins, but over max-transaction-time, where it is interrupted. One
     * that is read is waited for: it goes by itself, or is kept after all.
     */
    void made(Refusal refusal) {
        if (!lease.attached() || !context.desk().reclaimer().wants(lease)) {
            return;
        }
        if (lease.phase() == Lease.Phase.HELD && !lease.boundary().killed()) {
            take(refusal);
        } else if (due == null) {
            due = refusal;
            if (lease.phase() == Lease.Phase.RELAYING) {
                lease.boundary().killBegins();
                context.kill()
                        .kill(lease.backendConnectionId(), true, failure -> client.execute(lease.boundary()::killEnds));
            }
        }
    }

    /** The lease has ended. */
    void end() {
        due = null;
    }

    /** Rolls back what the session has on its backend and lets it go; the client is told by the answer to its next command. */
    private void take(Refusal refusal) {
        String lost = lease.session().pins().toString();
        context.events().reclaimed(lease.session(), refusal);
        client.metrics().reclaimed(refusal.reason());
        lease.leaving().taken(ErrorReport.reclaimed(refusal.message(), lost));
    }
}
