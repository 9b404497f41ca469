package io.connbudget.proxy.lease;

import io.connbudget.budget.Budget;
import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.budget.Permit;
import io.connbudget.budget.Refusal;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes backends back from sessions that are over a limit of their class ({@code max-pinned},
 * {@code idle-in-transaction-timeout}, {@code max-transaction-time}), when and only when others wait: the budget names a
 * permit, its lease ends the session's transaction on the lease's own event loop.
 *
 * <pre>
 *   held, silent --{@link #idle}--&gt; known to the budget --(others wait, over a limit)--&gt; named --&gt; {@link BackendClaim#made}
 *        ^                               |                                                |
 *        '--------next statement---------+---------{@link #active}: the statement wins---'
 * </pre>
 *
 * <p>Thread-safe by the desk's lock.
 */
final class Reclaimer {
    /** How late a limit may be noticed. */
    private static final long TICK_MILLIS = 20;

    private final Object lock;
    private final Budget budget;
    private final EventLoop timer;
    /** Runs while a class has a limit: without one an idle proxy is not to wake up for nothing. */
    private @Nullable ScheduledFuture<?> ticks;

    private record Named(Lease lease, Refusal refusal) {}

    /** @param lock the desk's, which guards the budget */
    Reclaimer(Object lock, Budget budget, EventLoop timer) {
        this.lock = lock;
        this.budget = budget;
        this.timer = timer;
        synchronized (lock) {
            reloaded();
        }
    }

    /** Another plan is in force; called under the lock. */
    void reloaded() {
        boolean limits = setsLimits(budget.plan());
        ScheduledFuture<?> running = ticks;
        if (limits && running == null) {
            ticks = timer.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        } else if (!limits && running != null) {
            running.cancel(false);
            ticks = null;
        }
    }

    private static boolean setsLimits(BudgetPlan plan) {
        return plan.classes().stream()
                .anyMatch(c -> c.maxPinned() != ClientClass.UNLIMITED
                        || !c.idleInTransactionTimeout().isZero()
                        || !c.maxTransactionTime().isZero());
    }

    /**
     * The lease's client is silent while it keeps its backend.
     *
     * @param pinned whether something else than an open transaction keeps it
     */
    void idle(Lease lease, boolean pinned, long nowNanos) {
        synchronized (lock) {
            lease.permit().pinned(pinned);
            lease.permit().idleInTransactionSince(nowNanos);
        }
    }

    /** A statement of the lease's client runs on the backend that it kept. */
    void active(Lease lease) {
        synchronized (lock) {
            lease.permit().active();
        }
    }

    /** Whether the budget still wants this lease's permit back. */
    boolean wants(Lease lease) {
        synchronized (lock) {
            return lease.permit().isReclaimed();
        }
    }

    private void tick() {
        List<Named> named = List.of();
        synchronized (lock) {
            if (budget.waiting() == 0) {
                return;
            }
            long now = System.nanoTime();
            for (Permit p = budget.reclaimCandidate(now); p != null; p = budget.reclaimCandidate(now)) {
                named = named.isEmpty() ? new ArrayList<>() : named;
                named.add(new Named(p.owner(), budget.reclaimRefusal(p, now)));
            }
        }
        for (Named next : named) {
            next.lease().execute(() -> next.lease().claim().made(next.refusal()));
        }
    }
}
