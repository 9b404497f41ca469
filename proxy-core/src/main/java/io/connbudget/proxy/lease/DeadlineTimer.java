package io.connbudget.proxy.lease;

import io.connbudget.budget.Budget;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls back when the earliest deadline of a waiter comes. Classes have queue timeouts of their own, so a later request
 * may have an earlier deadline. Guarded by the desk's lock.
 */
final class DeadlineTimer {
    private final EventLoop timer;
    private final Runnable due;
    private @Nullable ScheduledFuture<?> armed;
    private long armedFor;

    /** @param due called on the timer's thread; it calls {@link #fired} first */
    DeadlineTimer(EventLoop timer, Runnable due) {
        this.timer = timer;
        this.due = due;
    }

    /** Makes sure of a callback at this time; {@link Budget#NO_DEADLINE} asks for none. */
    void arm(long deadlineNanos, long nowNanos) {
        ScheduledFuture<?> before = armed;
        if (deadlineNanos == Budget.NO_DEADLINE || (before != null && armedFor - deadlineNanos <= 0)) {
            return;
        }
        if (before != null) {
            before.cancel(false);
        }
        armedFor = deadlineNanos;
        armed = timer.schedule(due, Math.max(0, deadlineNanos - nowNanos), TimeUnit.NANOSECONDS);
    }

    /** The callback has come, or one that was cancelled too late: none is armed from here on. */
    void fired() {
        ScheduledFuture<?> other = armed;
        if (other != null) {
            other.cancel(false);
        }
        armed = null;
    }
}
