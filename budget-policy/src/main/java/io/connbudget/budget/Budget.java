package io.connbudget.budget;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a permit, who waits for one, and who is next.
 *
 * <p>What always holds: permits in use never grow above the total, nor above a class's {@code max}; a permit that could be
 * granted is never left idle while somebody waits who may have it; a waiter is granted or refused, never both, and is
 * refused at its deadline, never later.
 *
 * <p><b>Threads:</b> none. The caller serialises all calls, those on {@link Permit} included. <b>Time</b> is an argument:
 * nanoseconds of a monotonic clock with any origin, such as {@code System.nanoTime()}; it must not go backwards.
 *
 * <p><b>Races with a named winner</b>, by the order of calls:
 *
 * <ul>
 *   <li>grant against time-out: the deadline wins. A release at or after a waiter's deadline refuses that waiter first,
 *       even if {@link #expire} has not run yet.
 *   <li>grant against cancel: the grant wins. {@link #cancel} then says false and the caller must release.
 *   <li>release against release: the first one counts, the others do nothing.
 *   <li>shrink against grant: whoever holds a permit keeps it; the shrink is paid back by releases.
 *   <li>a session that asks again right after its release against those who wait: those who wait win.
 * </ul>
 *
 * <p>The listener may call back into the budget. Such a call takes effect at once, except that permits are handed out by the
 * outermost call only, so chains of releases need no stack.
 */
public final class Budget {
    /** What {@link #nextDeadlineNanos} says when nobody waits. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    /** Told of what a waiter gets, on the thread and within the call that caused it. */
    public interface Listener {
        /** The waiter holds its permit from here on. */
        void granted(Permit permit);

        /** The waiter gets none, and is free to ask again. */
        void refused(Permit permit, Refusal refusal);
    }

    private final Listener listener;
    private final FairShare fairShare = new FairShare();
    private BudgetPlan plan;
    private ClassTable table;

    private int total;
    private int inUse;
    private int waiting;
    private int clients;
    private boolean draining;
    private boolean handingOut;
    private @Nullable Refusal lastRefusal;

    public Budget(BudgetPlan plan, Listener listener) {
        this.plan = plan;
        this.listener = listener;
        this.total = plan.total();
        this.table = new Reload(plan).apply(List.of());
    }

    /** Whether a client of this identity may come in; counts nothing, {@link #newPermit} does. */
    public Admission admit(ClientIdentity client) {
        return admit(plan.classify(client));
    }

    /** As {@link #admit(ClientIdentity)}, for a client whose class is known. */
    public Admission admit(ClientClass clientClass) {
        ClassQueue c = table.of(clientClass);
        return new Admission(c.limits(), refusalAtConnect(c));
    }

    private @Nullable Refusal refusalAtConnect(ClassQueue c) {
        if (draining) {
            return Refusals.draining(c);
        }
        if (clients >= plan.maxClients() || c.clients() >= c.limits().maxClients()) {
            return Refusals.tooManyClients(c, clients, plan.maxClients());
        }
        return null;
    }

    /**
     * Counts a client in. Call it in the same serialised step as the {@link #admit} that let the client in.
     *
     * @param clientClass class of the client, of this budget's plan
     * @param sourceKey host or process of the client, with {@code equals} and a {@code toString} fit for a message:
     *     clients of one key share one turn among the sources of the class
     * @param owner whatever the caller wants to find again in the listener
     * @throws IllegalStateException if the client was not to be admitted
     */
    public Permit newPermit(ClientClass clientClass, Object sourceKey, Object owner) {
        return newPermit(table.of(clientClass), sourceKey, owner, null);
    }

    /** As above for a client whose class follows its identity, also when the plan is reloaded. */
    public Permit newPermit(ClientIdentity client, Object sourceKey, Object owner) {
        return newPermit(table.of(plan.classify(client)), sourceKey, owner, client);
    }

    private Permit newPermit(ClassQueue c, Object sourceKey, Object owner, @Nullable ClientIdentity identity) {
        Refusal refusal = refusalAtConnect(c);
        if (refusal != null) {
            throw new IllegalStateException("client was not admitted: " + refusal.message());
        }
        Permit p = new Permit(this, c, c.sourceOf(sourceKey), owner, identity);
        c.enter(p);
        clients++;
        return p;
    }

    /**
     * Asks for a permit. A permit that is held or waits already stays as it is, and the answer says so.
     *
     * @throws IllegalStateException if the permit is closed
     */
    public Decision request(Permit p, long nowNanos) {
        if (p.state != Permit.State.FREE) {
            return p.state == Permit.State.GRANTED ? Decision.GRANTED : Decision.QUEUED;
        }
        if (p.closed) {
            throw new IllegalStateException("a closed permit asks for a grant: " + p);
        }
        ClassQueue c = p.queue;
        if (draining) {
            return rejected(Refusals.draining(c));
        }
        if (isFreeFor(c)) {
            grant(p, nowNanos);
            return Decision.GRANTED;
        }
        if (c.limits().max() == 0) {
            return rejected(Refusals.shutOut(c));
        }
        if (c.waiting() >= c.limits().queueLength()) {
            // A queue is not full of waiters whose time is over.
            expire(nowNanos);
            if (p.state != Permit.State.FREE) {
                // The listener asked for it meanwhile.
                return p.state == Permit.State.GRANTED ? Decision.GRANTED : Decision.QUEUED;
            }
            if (!p.closed && isFreeFor(c)) {
                // The listener gave one back meanwhile.
                grant(p, nowNanos);
                return Decision.GRANTED;
            }
        }
        if (p.closed || c.waiting() >= c.limits().queueLength()) {
            return rejected(Refusals.queueFull(c, this, nowNanos));
        }
        p.waitingSince = nowNanos;
        c.join(p);
        waiting++;
        return Decision.QUEUED;
    }

    /** Whether a permit is free for one more of the class. Only inside a hand-out can somebody wait for one that is. */
    private boolean isFreeFor(ClassQueue c) {
        return inUse < total && c.isBelowMax() && !(handingOut && fairShare.next(table.classes) != null);
    }

    private Decision rejected(Refusal refusal) {
        lastRefusal = refusal;
        return Decision.REJECTED;
    }

    /** Why the last {@link Decision#REJECTED} was given. */
    public Refusal lastRefusal() {
        return Objects.requireNonNull(lastRefusal, "nothing was rejected yet");
    }

    /** Gives a held permit back and grants what that makes possible. Does nothing to a permit that is not held. */
    public void release(Permit p, long nowNanos) {
        if (p.state != Permit.State.GRANTED) {
            return;
        }
        p.queue.released(p);
        inUse--;
        handOut(nowNanos);
    }

    /** Takes a waiter out of its queue. False if it does not wait: if it is granted, the caller must release it. */
    public boolean cancel(Permit p, long nowNanos) {
        if (p.state != Permit.State.WAITING) {
            return false;
        }
        unqueue(p);
        return true;
    }

    void close(Permit p) {
        if (p.closed) {
            return;
        }
        p.closed = true;
        if (p.state == Permit.State.WAITING) {
            unqueue(p);
        }
        p.queue.exit(p);
        clients--;
    }

    /** Refuses every waiter whose deadline has come. */
    public void expire(long nowNanos) {
        while (waiting > 0) {
            Permit p = table.late(nowNanos);
            if (p == null) {
                return;
            }
            Refusal refusal = Refusals.queueTimeout(p.queue, this, p, nowNanos);
            p.queue.timedOut(nowNanos);
            unqueue(p);
            listener.refused(p, refusal);
        }
    }

    /** Time at which {@link #expire} has something to do next, {@link #NO_DEADLINE} if nobody waits. */
    public long nextDeadlineNanos() {
        return waiting == 0 ? NO_DEADLINE : table.nextDeadlineNanos();
    }

    /**
     * Changes the total. Shrinking revokes nothing; growing serves the queue at once.
     *
     * @param value permits in all from here on; 0 lets nobody in, but keeps those who wait
     */
    public void resize(int value, long nowNanos) {
        requireTotal(value);
        total = value;
        handOut(nowNanos);
    }

    private static void requireTotal(int value) {
        if (value < 0 || value > BudgetPlan.MAX_TOTAL) {
            throw new IllegalArgumentException("budget total is " + value + ", expected 0 to " + BudgetPlan.MAX_TOTAL);
        }
    }

    /**
     * Puts another plan in force. Clients whose identity is known are classified again, the others stay in the class of
     * the same name, or fall to the default class. Nobody is sent away: a class may be above a limit that the plan lowers
     * until permits and clients leave.
     *
     * @param working permits in all from here on, as for {@link #resize}: no grant of this call counts on more
     */
    public void reload(BudgetPlan value, int working, long nowNanos) {
        requireTotal(working);
        table = new Reload(value).apply(table.classes);
        plan = value;
        total = working;
        handOut(nowNanos);
    }

    /**
     * Gives a client that logs in anew (COM_CHANGE_USER) the class of its identity. If that class has no room for one more
     * client, the permit stays where it is and the answer holds the refusal.
     *
     * @throws IllegalStateException if the permit is held, waits or is closed
     */
    public Admission reclassify(Permit p, ClientIdentity client) {
        if (p.state != Permit.State.FREE || p.closed) {
            throw new IllegalStateException("only a free permit changes its class: " + p);
        }
        ClassQueue target = table.of(plan.classify(client));
        if (target != p.queue && target.clients() >= target.limits().maxClients()) {
            return new Admission(target.limits(), Refusals.tooManyClients(target, clients, plan.maxClients()));
        }
        Object sourceKey = p.source.key;
        p.queue.exit(p);
        p.identity = client;
        p.queue = target;
        p.source = target.sourceOf(sourceKey);
        target.enter(p);
        return new Admission(target.limits(), null);
    }

    /** Refuses all waiters, and everybody who asks or connects from here on. Held permits stay until released. */
    public void drain(long nowNanos) {
        draining = true;
        for (ClassQueue c : table.classes) {
            for (Permit p = c.arrivals.first(); p != null; p = c.arrivals.first()) {
                unqueue(p);
                listener.refused(p, Refusals.draining(c));
            }
        }
    }

    /**
     * A held permit that is to be taken because others wait; null if there is none. The caller ends the session's
     * transaction, tells its client {@link #reclaimRefusal} at its next statement, and releases the permit. Ask when a
     * request is queued and on a timer. No more permits are named than there are waiters, and each only once. While the
     * total is 0 none is: nobody could have it.
     *
     * <p>Named winner of statement against reclaim: a statement that arrives before the caller has acted wins;
     * {@link Permit#active} takes the name back and {@link Permit#isReclaimed} says so. Only a permit over
     * {@code max-transaction-time} may be one whose statement runs, and stays named.
     */
    public @Nullable Permit reclaimCandidate(long nowNanos) {
        if (total == 0 || waiting == 0 || table.reclaiming() >= waiting) {
            return null;
        }
        Permit p = Reclaim.candidate(table.classes, inUse >= total, nowNanos);
        if (p != null) {
            p.reclaimFor(Reclaim.reason(p, nowNanos));
        }
        return p;
    }

    /**
     * What the client of a permit named by {@link #reclaimCandidate} is told at its next statement.
     *
     * @throws IllegalStateException if the permit is not named
     */
    public Refusal reclaimRefusal(Permit p, long nowNanos) {
        if (p.reclaimReason == null) {
            throw new IllegalStateException("the permit is not to be taken: " + p);
        }
        return Refusals.reclaimed(p.queue, p, p.reclaimReason, nowNanos);
    }

    ClassQueue holdsMost() {
        return table.holdsMost();
    }

    private void handOut(long nowNanos) {
        if (waiting == 0 || handingOut) {
            return;
        }
        handingOut = true;
        try {
            expire(nowNanos);
            while (inUse < total && waiting > 0) {
                ClassQueue c = fairShare.next(table.classes);
                Permit p = c == null ? null : c.next();
                if (c == null || p == null) {
                    return;
                }
                fairShare.served(c, table.classes);
                unqueue(p);
                grant(p, nowNanos);
                listener.granted(p);
            }
        } finally {
            handingOut = false;
        }
    }

    private void grant(Permit p, long nowNanos) {
        p.queue.granted(p, nowNanos);
        inUse++;
    }

    private void unqueue(Permit p) {
        p.queue.leave(p);
        waiting--;
    }

    /** The plan as last loaded; its total is the configured one, {@link #total} the working one. */
    public BudgetPlan plan() {
        return plan;
    }

    public int total() {
        return total;
    }

    public int inUse() {
        return inUse;
    }

    public int waiting() {
        return waiting;
    }

    public int clients() {
        return clients;
    }

    /** A picture of all classes; allocates, so not for the path of a statement. */
    public Snapshot snapshot(long nowNanos) {
        return new Snapshot(total, inUse, waiting, clients, table.snapshot(nowNanos));
    }
}
