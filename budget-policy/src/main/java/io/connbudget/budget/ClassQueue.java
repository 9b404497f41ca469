package io.connbudget.budget;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client class at work: what it holds, who waits, and who of them is next.
 *
 * <p>Within the class, sources (hosts or processes) with waiters take turns; within a source the oldest waiter goes first.
 * A second chain keeps all waiters of the class in order of arrival: its head is the oldest wait and the next deadline.
 */
final class ClassQueue {
    private ClientClass limits;
    private long timeoutNanos;

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

    void limits(ClientClass value) {
        limits = value;
        timeoutNanos = value.queueTimeout().toNanos();
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

    Iterable<Source> sources() {
        return sources.values();
    }

    Source sourceOf(Object key) {
        return sources.computeIfAbsent(key, Source::new);
    }

    void enter(Permit p) {
        members.append(p.membership);
        p.source.clients++;
    }

    void exit(Permit p) {
        members.remove(p.membership);
        p.source.clients--;
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

    /** Time at which the oldest waiter is refused; only while somebody waits. */
    long deadlineNanos(Permit oldest) {
        return oldest.waitingSince + timeoutNanos;
    }

    private void forgetUnused(Source source) {
        if (source.clients == 0 && source.inUse == 0) {
            sources.remove(source.key, source);
        }
    }
}
