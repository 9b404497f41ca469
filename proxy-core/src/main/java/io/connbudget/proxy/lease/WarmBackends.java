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
    private static final int SAME_STATE = 4;
    private static final int SAME_SESSION = 2;
    private static final int SAME_LOOP = 1;

    /** One that needs neither a prologue nor another event loop. */
    private static final int GOOD_FIT = SAME_STATE + SAME_LOOP;

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

    /**
     * The backend that fits the lease best, removed from here; null when there is none. Among those that fit equally
     * well it is the session's last one, which still knows what its last statement left, then the most recently used.
     *
     * @param more whether there are backends that are not borrowed: null then in place of the one that the session must not get
     */
    @Nullable Backend take(Lease lease, boolean more) {
        int size = backends.size();
        if (size == 0) {
            return null;
        }
        int least = Math.max(0, size - LOOK_AT);
        int last = lastOf(lease, least);
        int best = eager ? -1 : last;
        int bestFit = best < 0 ? Integer.MIN_VALUE : fit(lease, backends.get(best));
        for (int i = size - 1; i >= least && bestFit < GOOD_FIT; i--) {
            int fit = fit(lease, backends.get(i));
            if (eager && i == last) {
                fit -= 100;
            }
            if (fit > bestFit) {
                best = i;
                bestFit = fit;
            }
        }
        if (eager && more && best == last) {
            return null;
        }
        return backends.remove(best);
    }

    /** Where the backend is that the session had last; -1 where another session had it since, or has it. */
    private int lastOf(Lease lease, int least) {
        for (int i = backends.size() - 1; i >= least; i--) {
            if (backends.get(i).memory.lastSession() == lease.session()) {
                return i;
            }
        }
        return -1;
    }

    /** How well a backend fits: higher is better. */
    private static int fit(Lease lease, Backend candidate) {
        int fit = 0;
        if (Prologue.needsChangeUser(candidate.memory, lease.session())) {
            fit -= SAME_STATE;
        } else if (candidate.memory.state().equals(lease.session().state())
                && !candidate.memory.resetNeeded()
                && lease.session().userVariables().values().haveAllNamesOf(candidate.memory.userVariables())) {
            fit += SAME_STATE;
        }
        if (candidate.memory.lastSession() == lease.session()) {
            fit += SAME_SESSION;
        }
        if (candidate.connection.eventLoop() == lease.eventLoop()) {
            fit += SAME_LOOP;
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
