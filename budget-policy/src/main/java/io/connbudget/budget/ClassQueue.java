package io.connbudget.budget;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client class at work: what it holds, who waits, and who of them is next.
 *
 * <p>Within the class, sources (hosts or processes) with waiters take turns; within a source the oldest waiter goes first.
 * A second chain keeps all waiters of the class in order of arrival: its head is the oldest wait and the next deadline.
 *
 * <pre>
 *   no time-out --(a waiter is refused at its queue timeout)--&gt; refusing --(one queue timeout later)--&gt; overloaded
 *        ^                                                         |                                       |
 *        `-----------------------------(the queue is empty)--------+---------------------------------------'
 * </pre>
 *
 * While overloaded, a waiter's deadline is a quarter of the queue timeout.
 */
final class ClassQueue {
    /** Under sustained overload a waiter waits at most one HURRYth of the queue timeout. */
    private static final int HURRY = 4;

    /** How old the answer to {@link #mostHeld} may be, whose search costs time in proportion to the sources. */
    private static final long MOST_HELD_LIFE_NANOS = 10_000_000;

    private final ClientClass limits;
    private final long timeoutNanos;

    /** Every client of the class, from {@code newPermit} to {@code close}. */
    final Chain<Permit> members = new Chain<>();
    /** Waiters, oldest first; in by {@code join}, out by {@code leave}. */
    final Chain<Permit> arrivals = new Chain<>();
    /** Granted permits, oldest grant first; in by {@code granted}, out by {@code released}. */
    final Chain<Permit> holders = new Chain<>();
    /** Granted permits whose client is silent, longest silence first. */
    final Chain<Permit> idleHolders = new Chain<>();

    private final Chain<Source> turns = new Chain<>();
    private final Map<Object, Source> sources = new HashMap<>();

    /** Whether a waiter has been refused for its time since the queue was last empty, and when the first one was. */
    private boolean timedOut;

    private long firstTimeoutAt;
    private @Nullable Source mostClients;
    private @Nullable Source mostHeld;
    private long mostHeldAt;

    int pinned;
    /** Granted permits that were named as to be taken and are not back yet. */
    int reclaiming;
    /** Turns that the class has had in ties, weighted; see {@link FairShare}. */
    long tieTurns;

    ClassQueue(ClientClass limits) {
        this.limits = limits;
        this.timeoutNanos = limits.queueTimeout().toNanos();
    }

    ClientClass limits() {
        return limits;
    }

    boolean isNamed(String name) {
        return limits.name().equals(name);
    }

    int inUse() {
        return holders.size();
    }

    int waiting() {
        return arrivals.size();
    }

    int clients() {
        return members.size();
    }

    boolean isBelowMax() {
        return holders.size() < limits.max();
    }

    boolean isBelowGuarantee() {
        return holders.size() < limits.guaranteed();
    }

    /** The source with most clients, null without any; searched for only after it has lost one. */
    @Nullable Source mostClients() {
        if (mostClients == null) {
            for (Source s : sources.values()) {
                mostClients =
                        s.clients > 0 && (mostClients == null || s.clients > mostClients.clients) ? s : mostClients;
            }
        }
        return mostClients;
    }

    /**
     * The source that holds most permits, or held most a moment ago and holds some still; null if none holds any. Under
     * overload thousands a second are refused, and each text names it.
     */
    @Nullable Source mostHeld(long nowNanos) {
        if (mostHeld == null || mostHeld.inUse == 0 || nowNanos - mostHeldAt >= MOST_HELD_LIFE_NANOS) {
            mostHeld = null;
            mostHeldAt = nowNanos;
            for (Source s : sources.values()) {
                mostHeld = s.inUse > 0 && (mostHeld == null || s.inUse > mostHeld.inUse) ? s : mostHeld;
            }
        }
        return mostHeld;
    }

    Source sourceOf(Object key) {
        return sources.computeIfAbsent(key, Source::new);
    }

    void enter(Permit p) {
        members.append(p.membership);
        p.source.clients++;
        if (mostClients != null && p.source.clients > mostClients.clients) {
            mostClients = p.source;
        }
    }

    void exit(Permit p) {
        members.remove(p.membership);
        p.source.clients--;
        mostClients = mostClients == p.source ? null : mostClients;
        forgetUnused(p.source);
    }

    void join(Permit p) {
        arrivals.append(p.age);
        p.source.waiters.append(p.line);
        if (!p.source.turn.isLinked()) {
            turns.append(p.source.turn);
        }
        p.state = Permit.State.WAITING;
    }

    /** The waiter whose turn it is; null if nobody waits. */
    @Nullable Permit next() {
        Source source = turns.first();
        return source == null ? null : source.waiters.first();
    }

    /** Takes a waiter out, wherever it stands in its line. */
    void leave(Permit p) {
        arrivals.remove(p.age);
        p.source.waiters.remove(p.line);
        if (p.source.waiters.isEmpty()) {
            turns.remove(p.source.turn);
        }
        if (arrivals.isEmpty()) {
            timedOut = false;
        }
        p.state = Permit.State.FREE;
    }

    void granted(Permit p, long nowNanos) {
        if (p.source.turn.isLinked()) {
            turns.moveToEnd(p.source.turn);
        }
        holders.append(p.age);
        p.source.inUse++;
        p.grantedAt = nowNanos;
        p.state = Permit.State.GRANTED;
    }

    void released(Permit p) {
        p.pinned(false);
        p.active();
        p.reclaimFor(null);
        holders.remove(p.age);
        p.source.inUse--;
        p.state = Permit.State.FREE;
        forgetUnused(p.source);
    }

    /** Counts in a permit that was granted under another plan. */
    void adopt(Permit p) {
        holders.append(p.age);
        p.source.inUse++;
        pinned += p.pinned ? 1 : 0;
        reclaiming += p.reclaimReason == null ? 0 : 1;
    }

    /** Empties the chains of waiters and holders, oldest first; the permits' own state stays. */
    void takeAll(List<Permit> waiters, List<Permit> granted, List<Permit> idle) {
        for (Permit p = arrivals.first(); p != null; p = arrivals.first()) {
            leave(p);
            waiters.add(p);
        }
        for (Permit p = idleHolders.first(); p != null; p = idleHolders.first()) {
            idleHolders.remove(p.line);
            idle.add(p);
        }
        for (Permit p = holders.first(); p != null; p = holders.first()) {
            holders.remove(p.age);
            granted.add(p);
        }
    }

    /**
     * Time at which a waiter is refused: its queue timeout after its request, but under sustained overload, which is from
     * one queue timeout after the first refusal on, a quarter of it; why: {@code docs/adr/0010-queue-discipline.md}.
     */
    long deadlineNanos(Permit waiter) {
        long patient = waiter.waitingSince + timeoutNanos;
        if (!timedOut) {
            return patient;
        }
        long hurried = waiter.waitingSince + timeoutNanos / HURRY;
        long overloadSince = firstTimeoutAt + timeoutNanos;
        long later = hurried - overloadSince > 0 ? hurried : overloadSince;
        return later - patient < 0 ? later : patient;
    }

    /** A waiter is refused because its time is over; call it before {@link #leave}. */
    void timedOut(long nowNanos) {
        if (!timedOut) {
            timedOut = true;
            firstTimeoutAt = nowNanos;
        }
    }

    /** Time for which waiters have been refused without the queue becoming empty; 0 if none was. */
    long refusingForNanos(long nowNanos) {
        return timedOut ? nowNanos - firstTimeoutAt : 0;
    }

    private void forgetUnused(Source source) {
        if (source.clients == 0 && source.inUse == 0) {
            sources.remove(source.key, source);
        }
    }
}
