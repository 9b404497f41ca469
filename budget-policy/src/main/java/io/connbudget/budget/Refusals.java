package io.connbudget.budget;

/**
 * The texts of refusals: what is limited, the counts, who holds most, and what to change. Each is one line, and holds host
 * or process names but no statement, password or attribute.
 */
final class Refusals {
    private static final int MAX_KEY = 64;

    private Refusals() {}

    static Refusal tooManyClients(ClassQueue c, int clients, int maxClients) {
        boolean ofClass = c.clients() >= c.limits().maxClients();
        String limit = ofClass
                ? "class '" + name(c) + "' has " + c.clients() + " of "
                        + c.limits().maxClients() + " clients"
                : "the proxy has " + clients + " of " + maxClients + " clients";
        return new Refusal(
                Refusal.Reason.TOO_MANY_CLIENTS,
                name(c),
                "Too many connections: " + limit + mostClients(c) + "; close some, or raise max-clients"
                        + (ofClass ? " of the class" : ""));
    }

    static Refusal queueFull(ClassQueue c, Budget budget, long nowNanos) {
        return new Refusal(
                Refusal.Reason.QUEUE_FULL,
                name(c),
                "Too many connections: the queue of class '" + name(c) + "' is full" + picture(c, budget, nowNanos)
                        + "; try again later, " + advice(c, budget) + ", or raise queue-length of the class");
    }

    static Refusal queueTimeout(ClassQueue c, Budget budget, Permit waiter, long nowNanos) {
        return new Refusal(
                Refusal.Reason.QUEUE_TIMEOUT,
                name(c),
                "Too many connections: class '" + name(c) + "' got no backend within "
                        + millis(nowNanos - waiter.waitingSince) + overload(c, nowNanos) + picture(c, budget, nowNanos)
                        + "; try again later, "
                        + advice(c, budget) + ", or raise queue-timeout of the class");
    }

    static Refusal reclaimed(ClassQueue c, Permit p, Refusal.Reason reason, long nowNanos) {
        String over =
                switch (reason) {
                    case IDLE_IN_TRANSACTION ->
                        "idle for " + millis(nowNanos - p.idleSince)
                                + ", above idle-in-transaction-timeout of "
                                + c.limits().idleInTransactionTimeout().toMillis() + " ms";
                    case TRANSACTION_TIME ->
                        "holding a backend for " + millis(nowNanos - p.grantedAt)
                                + ", above max-transaction-time of "
                                + c.limits().maxTransactionTime().toMillis() + " ms";
                    default ->
                        "pinned and idle, with " + c.pinned + " pinned above max-pinned of "
                                + c.limits().maxPinned();
                };
        return new Refusal(
                reason,
                name(c),
                "Transaction rolled back: the session was " + over + " in class '" + name(c)
                        + "', while others waited for a backend; begin again");
    }

    static Refusal shutOut(ClassQueue c) {
        return new Refusal(
                Refusal.Reason.CLASS_QUOTA,
                name(c),
                "Class '" + name(c) + "' may use no backend: its max is 0; raise max of the class");
    }

    static Refusal draining(ClassQueue c) {
        return new Refusal(
                Refusal.Reason.DRAINING, name(c), "Server shutdown in progress: the proxy is draining; connect again");
    }

    private static String overload(ClassQueue c, long nowNanos) {
        long refusing = c.refusingForNanos(nowNanos);
        return refusing < c.limits().queueTimeout().toNanos()
                ? ""
                : " (a quarter of queue-timeout, as waiters have timed out for " + millis(refusing) + ")";
    }

    private static String picture(ClassQueue c, Budget budget, long nowNanos) {
        Permit oldest = c.arrivals.first();
        return ": " + c.inUse() + " in use"
                + (c.limits().max() == ClientClass.UNLIMITED
                        ? ""
                        : " of max " + c.limits().max())
                + ", " + budget.inUse() + " of " + budget.total() + " in the whole budget, " + c.waiting()
                + " waiting, oldest wait " + millis(oldest == null ? 0 : nowNanos - oldest.waitingSince)
                + mostHeld(c, budget, nowNanos);
    }

    private static String advice(ClassQueue c, Budget budget) {
        return c.isBelowMax() || budget.inUse() >= budget.total()
                ? "shorten transactions, raise the budget"
                : "shorten transactions, raise max of the class";
    }

    /** Who stands in the way: inside the class if its own max does, else the largest holder of the whole budget. */
    private static String mostHeld(ClassQueue c, Budget budget, long nowNanos) {
        ClassQueue holder = c.isBelowMax() ? budget.holdsMost() : c;
        Source most = holder.mostHeld(nowNanos);
        if (most == null) {
            return "";
        }
        String ofClass = holder == c ? "" : " of class '" + name(holder) + "' (" + holder.inUse() + ")";
        return ", most held by " + key(most) + " (" + most.inUse + ")" + ofClass;
    }

    private static String mostClients(ClassQueue c) {
        Source most = c.mostClients();
        return most == null ? "" : ", most from " + key(most) + " (" + most.clients + ")";
    }

    private static String name(ClassQueue c) {
        return c.limits().name();
    }

    private static String key(Source source) {
        String text = source.key.toString().replaceAll("\\p{Cntrl}", "?");
        return text.length() <= MAX_KEY ? text : text.substring(0, MAX_KEY) + "...";
    }

    private static String millis(long nanos) {
        return nanos / 1_000_000 + " ms";
    }
}
