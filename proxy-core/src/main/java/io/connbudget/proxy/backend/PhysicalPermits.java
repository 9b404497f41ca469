package io.connbudget.proxy.backend;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The hard budget of physical connections: a permit is owned before {@code connect} and released only when the server has confirmed
 * the close, so the server never counts more connections than the limit. HikariCP's own count cannot serve: it drops a connection
 * before its socket is closed and may open the replacement first.
 *
 * <p>Thread-safe. Waiters are served first come, first served.
 */
public final class PhysicalPermits {
    /** Where the connection that holds a permit is in its life. */
    public enum Phase {
        /** From before the connect until the login succeeded. */
        CONNECTING,
        /** HikariCP and Connector/J have it: idle in the pool, pinged, being returned. */
        DRIVER_OWNED,
        /** A lease has it. */
        RELAYING,
        /** Close asked for, not yet confirmed by the server. */
        CLOSING
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition drained = lock.newCondition();
    /** Who waits in {@link #acquire}; they leave when granted, timed out or interrupted. */
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    /** Held permits by phase; the sum is {@link #held}. */
    private final Map<Phase, Integer> byPhase = new EnumMap<>(Phase.class);

    private int reservedForControl;
    /** Written under the lock; asked for by event loops. */
    private volatile int limit;

    private int held;

    /** No permit is reserved: control connections get one only if one is free. */
    public PhysicalPermits(int limit) {
        this(limit, 0);
    }

    /**
     * @param limit connections that the server may see, control connections included; at least 1
     * @param reservedForControl of these, how many only {@link #tryAcquireControl} can take; 0 to limit - 1
     */
    public PhysicalPermits(int limit, int reservedForControl) {
        if (limit < 1 || reservedForControl < 0 || reservedForControl >= limit) {
            throw new IllegalArgumentException(
                    "limit " + limit + ", reserved " + reservedForControl + ": expected limit > reserved >= 0");
        }
        this.limit = limit;
        this.reservedForControl = reservedForControl;
        for (Phase phase : Phase.values()) {
            byPhase.put(phase, 0);
        }
    }

    /**
     * Takes a permit in phase CONNECTING, waiting for one if need be. Must not be called on an event loop.
     *
     * @return null if none came free within {@code timeout}
     */
    public @Nullable Permit acquire(Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (waiters.isEmpty() && held < limit - reservedForControl) {
                return take();
            }
            Waiter waiter = new Waiter(lock.newCondition());
            waiters.addLast(waiter);
            try {
                long nanos = timeout.toNanos();
                while (waiter.granted == null && nanos > 0) {
                    nanos = waiter.condition.awaitNanos(nanos);
                }
            } catch (InterruptedException e) {
                Permit late = waiter.granted;
                if (late != null) {
                    free(late);
                }
                throw e;
            } finally {
                waiters.remove(waiter);
            }
            return waiter.granted;
        } finally {
            lock.unlock();
        }
    }

    /** A permit for a short control connection (KILL), the reserved ones included; null if none is free. Never waits. */
    public @Nullable Permit tryAcquireControl() {
        lock.lock();
        try {
            return held < limit ? take() : null;
        } finally {
            lock.unlock();
        }
    }

    public int limit() {
        return limit;
    }

    /** Changes the limit. Shrinking closes nothing: until enough permits came back none is given. More than what is reserved. */
    public void limit(int newLimit) {
        lock.lock();
        try {
            limit(newLimit, reservedForControl);
        } finally {
            lock.unlock();
        }
    }

    /** Changes the limit, and how many permits of it only {@link #tryAcquireControl} can take; 0 to limit - 1. */
    public void limit(int newLimit, int newReserved) {
        lock.lock();
        try {
            if (newReserved < 0 || newLimit <= newReserved) {
                throw new IllegalArgumentException("limit " + newLimit + ", expected more than " + newReserved);
            }
            limit = newLimit;
            reservedForControl = newReserved;
            grantWaiters();
        } finally {
            lock.unlock();
        }
    }

    /** Permits held, in whatever phase. */
    public int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    public int count(Phase phase) {
        lock.lock();
        try {
            return byPhase.getOrDefault(phase, 0);
        } finally {
            lock.unlock();
        }
    }

    public int waiting() {
        lock.lock();
        try {
            return waiters.size();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no permit is held. @return false if some still are after {@code timeout} */
    public boolean awaitNoneHeld(Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = timeout.toNanos();
            while (held > 0) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = drained.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private Permit take() {
        held++;
        byPhase.merge(Phase.CONNECTING, 1, Integer::sum);
        return new Permit();
    }

    private void free(Permit permit) {
        Phase phase = permit.phase;
        if (phase == null) {
            return;
        }
        permit.phase = null;
        byPhase.merge(phase, -1, Integer::sum);
        held--;
        if (held == 0) {
            drained.signalAll();
        }
        grantWaiters();
    }

    private void grantWaiters() {
        while (held < limit - reservedForControl) {
            Waiter waiter = waiters.pollFirst();
            if (waiter == null) {
                return;
            }
            waiter.granted = take();
            waiter.condition.signal();
        }
    }

    private static final class Waiter {
        final Condition condition;

        @Nullable Permit granted;

        Waiter(Condition condition) {
            this.condition = condition;
        }
    }

    /** The right to one physical connection. Thread-safe; release is idempotent. */
    public final class Permit {
        /** Null once released; guarded by the lock. */
        private @Nullable Phase phase = Phase.CONNECTING;

        private Permit() {}

        /** Moves to another phase; without effect once released. */
        public void phase(Phase next) {
            lock.lock();
            try {
                Phase from = phase;
                if (from != null) {
                    phase = next;
                    byPhase.merge(from, -1, Integer::sum);
                    byPhase.merge(next, 1, Integer::sum);
                }
            } finally {
                lock.unlock();
            }
        }

        /** Gives the permit back: the server has let the connection go, or never had it. */
        public void release() {
            lock.lock();
            try {
                free(this);
            } finally {
                lock.unlock();
            }
        }

        public boolean held() {
            lock.lock();
            try {
                return phase != null;
            } finally {
                lock.unlock();
            }
        }
    }
}
