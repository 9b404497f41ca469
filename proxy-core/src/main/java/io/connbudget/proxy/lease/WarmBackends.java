package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.Prologue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Borrowed backends that nobody has at the moment, the most recently used last. Guarded by the desk's lock.
 *
 * <p>A backend comes in when its lease ends and nobody waits; it leaves by {@link #take}, by {@link #remove} when it
 * dies, and by {@link #takeOlderThan} when it has lingered long enough.
 */
final class WarmBackends {
    /** One that needs nothing at all. */
    private static final int PERFECT_FIT = 7;

    /** How many are looked at for one that fits. */
    private static final int LOOK_AT = 32;

    private final List<Backend> backends = new ArrayList<>();
    private final boolean eager;

    /** @param eager whether a session must not get the backend that it had last, if there is another */
    WarmBackends(boolean eager) {
        this.eager = eager;
    }

    void add(Backend backend, long nowNanos) {
        backend.warmSinceNanos = nowNanos;
        backends.add(backend);
    }

    /** The backend that fits the lease best, removed from here; null when there is none. */
    @Nullable Backend take(Lease lease) {
        int size = backends.size();
        if (size == 0) {
            return null;
        }
        int best = size - 1;
        int bestFit = Integer.MIN_VALUE;
        for (int i = size - 1; i >= 0 && i >= size - LOOK_AT; i--) {
            int fit = fit(lease, backends.get(i));
            if (eager && backends.get(i).memory.lastSession() == lease.session()) {
                fit -= 100;
            }
            if (fit > bestFit) {
                best = i;
                bestFit = fit;
                if (fit >= PERFECT_FIT) {
                    break;
                }
            }
        }
        return backends.remove(best);
    }

    /** How well a backend fits: higher is better. */
    private static int fit(Lease lease, Backend candidate) {
        int fit = 0;
        if (Prologue.needsChangeUser(candidate.memory, lease.session())) {
            fit -= 4;
        } else if (candidate.memory.state().equals(lease.session().state()) && !candidate.memory.resetNeeded()) {
            fit += 4;
        }
        if (candidate.memory.lastSession() == lease.session()) {
            fit += 2;
        }
        if (candidate.connection.eventLoop() == lease.eventLoop()) {
            fit += 1;
        }
        return fit;
    }

    boolean remove(Backend backend) {
        return backends.remove(backend);
    }

    /** Passes on and removes those that nobody has had since {@code limitNanos}. */
    void takeOlderThan(long limitNanos, Consumer<Backend> taker) {
        for (int i = backends.size() - 1; i >= 0; i--) {
            if (backends.get(i).warmSinceNanos - limitNanos <= 0) {
                taker.accept(backends.remove(i));
            }
        }
    }

    int size() {
        return backends.size();
    }
}
