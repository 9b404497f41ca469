package io.connbudget.budget;

import org.jspecify.annotations.Nullable;

/**
 * A client session's place in the budget: one object for the session's whole life, used again for each lease.
 *
 * <pre>
 *             request                    release
 *   FREE ----------------> GRANTED ------------------> FREE
 *     \  request            ^    (idle | active, pinned or not)
 *      `---------> WAITING -' a release or a larger budget
 *                     |
 *                     `-----> FREE   cancel | queue timeout | drain | close
 * </pre>
 *
 * Only {@link Budget} moves a permit from state to state. Not thread-safe: the caller of the budget serialises.
 */
public final class Permit {

    /** Where the permit stands. */
    public enum State {
        FREE,
        WAITING,
        GRANTED
    }

    /** Place among all clients of the class, for as long as the client stays. */
    final Chain.Link<Permit> membership = new Chain.Link<>(this);
    /** WAITING: place in the source's line. GRANTED: place among the idle holders, while idle. */
    final Chain.Link<Permit> line = new Chain.Link<>(this);
    /** WAITING: place in the class's order of arrival. GRANTED: place in the class's order of grants. */
    final Chain.Link<Permit> age = new Chain.Link<>(this);

    final Object owner;
    final Budget budget;

    @Nullable ClientIdentity identity;

    ClassQueue queue;
    Source source;
    State state = State.FREE;
    boolean closed;
    boolean pinned;
    Refusal.@Nullable Reason reclaimReason;
    long waitingSince;
    long grantedAt;
    long idleSince;

    Permit(Budget budget, ClassQueue queue, Source source, Object owner, @Nullable ClientIdentity identity) {
        this.budget = budget;
        this.queue = queue;
        this.source = source;
        this.owner = owner;
        this.identity = identity;
    }

    public State state() {
        return state;
    }

    public boolean isGranted() {
        return state == State.GRANTED;
    }

    public boolean isWaiting() {
        return state == State.WAITING;
    }

    /** What the session gave when it asked for this object; the caller knows its type. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T owner() {
        return (T) owner;
    }

    public ClientClass clientClass() {
        return queue.limits();
    }

    /** Host or process of the client. */
    public Object sourceKey() {
        return source.key;
    }

    /** Time of the request that waits, or of the last one that waited. */
    public long waitingSinceNanos() {
        return waitingSince;
    }

    /** Time of the last grant, or of the last {@link #heldFrom}. */
    public long grantedAtNanos() {
        return grantedAt;
    }

    /**
     * The session has a backend only from here on: it waited for one with its permit in hand, and {@code max-transaction-time}
     * is no matter of that wait.
     */
    public void heldFrom(long nowNanos) {
        if (state == State.GRANTED) {
            queue.holders.moveToEnd(age);
            grantedAt = nowNanos;
            reclaimFor(null);
        }
    }

    public boolean isPinned() {
        return pinned;
    }

    /** The session must keep its backend, or need not any longer. Only a held permit is pinned; release ends it. */
    public void pinned(boolean value) {
        if (state == State.GRANTED && pinned != value) {
            pinned = value;
            queue.pinned += value ? 1 : -1;
        }
    }

    /** The client is silent while it holds a backend, in a transaction or pinned. Without effect unless granted. */
    public void idleInTransactionSince(long nowNanos) {
        if (state == State.GRANTED && !line.isLinked()) {
            idleSince = nowNanos;
            queue.idleHolders.append(line);
        }
    }

    /** A statement of the client runs; undoes {@link #idleInTransactionSince}. */
    public void active() {
        if (state == State.GRANTED && line.isLinked()) {
            queue.idleHolders.remove(line);
            if (reclaimReason != Refusal.Reason.TRANSACTION_TIME) {
                reclaimFor(null);
            }
        }
    }

    /** Whether the budget has named this permit as one to take, and it is still held and has not become active since. */
    public boolean isReclaimed() {
        return reclaimReason != null;
    }

    void reclaimFor(Refusal.@Nullable Reason reason) {
        queue.reclaiming += (reason == null ? 0 : 1) - (reclaimReason == null ? 0 : 1);
        reclaimReason = reason;
    }

    /**
     * The client leaves: it no longer counts against {@code max-clients}, and no longer waits. A granted permit stays
     * counted until {@link Budget#release}: its backend may still have to roll back. Harmless when repeated.
     */
    public void close() {
        budget.close(this);
    }

    @Override
    public String toString() {
        return "Permit[" + state + ", class=" + clientClass().name() + ", source=" + source.key + "]";
    }
}
