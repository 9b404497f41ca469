package io.connbudget.budget;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which held permit may be taken from its session, because others wait and the session's class has set a limit that the
 * session is over. Without such a limit ({@code max-pinned}, {@code idle-in-transaction-timeout},
 * {@code max-transaction-time}) no permit is ever taken.
 *
 * <p>A permit is worth taking for waiters of its own class, or, when the whole budget is in use, for another class that
 * would go first by {@link FairShare}; a class that holds no more than its guarantee gives nothing to others. Of several
 * classes the one that goes last by the same order gives.
 */
final class Reclaim {

    private Reclaim() {}

    /** The permit to take, null if none; marks nothing. Only the classes' number and the idle holders are looked at. */
    static @Nullable Permit candidate(List<ClassQueue> classes, boolean budgetIsUsedUp, long nowNanos) {
        Permit best = null;
        for (int i = 0; i < classes.size(); i++) {
            ClassQueue c = classes.get(i);
            if (mayBeAsked(c, classes, budgetIsUsedUp) && (best == null || FairShare.goesBefore(best.queue, c))) {
                Permit p = overLimit(c, nowNanos);
                best = p == null ? best : p;
            }
        }
        return best;
    }

    private static boolean mayBeAsked(ClassQueue giver, List<ClassQueue> classes, boolean budgetIsUsedUp) {
        if (!giver.arrivals.isEmpty()) {
            return true;
        }
        if (!budgetIsUsedUp || giver.inUse() <= giver.limits().guaranteed()) {
            return false;
        }
        for (int i = 0; i < classes.size(); i++) {
            ClassQueue taker = classes.get(i);
            if (!taker.arrivals.isEmpty() && taker.isBelowMax() && FairShare.compare(taker, giver) < 0) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Permit overLimit(ClassQueue c, long nowNanos) {
        boolean overPins = c.pinned - c.reclaiming > c.limits().maxPinned();
        for (Permit p = c.idleHolders.first(); p != null; p = p.line.next()) {
            if (p.reclaimReason == null && ((overPins && p.pinned) || isIdleTooLong(c, p, nowNanos))) {
                return p;
            }
        }
        for (Permit p = c.holders.first(); p != null && isHeldTooLong(c, p, nowNanos); p = p.age.next()) {
            if (p.reclaimReason == null) {
                return p;
            }
        }
        return null;
    }

    /** Which limit a candidate is over. */
    static Refusal.Reason reason(Permit p, long nowNanos) {
        ClassQueue c = p.queue;
        if (p.line.isLinked() && isIdleTooLong(c, p, nowNanos)) {
            return Refusal.Reason.IDLE_IN_TRANSACTION;
        }
        return isHeldTooLong(c, p, nowNanos) ? Refusal.Reason.TRANSACTION_TIME : Refusal.Reason.PIN_QUOTA;
    }

    private static boolean isIdleTooLong(ClassQueue c, Permit p, long nowNanos) {
        long limit = c.limits().idleInTransactionTimeout().toNanos();
        return limit > 0 && nowNanos - p.idleSince >= limit;
    }

    private static boolean isHeldTooLong(ClassQueue c, Permit p, long nowNanos) {
        long limit = c.limits().maxTransactionTime().toNanos();
        return limit > 0 && nowNanos - p.grantedAt >= limit;
    }
}
