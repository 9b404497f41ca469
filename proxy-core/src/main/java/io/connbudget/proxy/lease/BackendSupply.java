package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendSink;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.BorrowCallback;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings backends to leases that have their permits: warm ones, those that other leases give up, and those borrowed from the
 * pool.
 *
 * <pre>
 *   granted --> warm backend that fits | wait in {@code granted} for the next backend
 *   backend given up or borrowed --> first of {@code granted} | warm --(linger)--> back to the pool
 * </pre>
 *
 * <p>Thread-safe by the desk's lock: the methods of the first part are called while it is held, and only change the
 * collections; those of the second take it themselves, and call the pool and leases when they have left it. Ticks and
 * retries run on the desk's timer, the outcomes of borrows on the pool's threads and on event loops.
 */
final class BackendSupply {
    private static final Duration BORROW_RETRY = Duration.ofMillis(200);

    private final Object lock;
    private final BackendPool pool;
    private final DeskSettings settings;
    private final EventLoop timer;

    /** Leases with a permit and without a backend, in the order of their grants; they leave with a backend or refused. */
    private final ArrayDeque<Lease> granted = new ArrayDeque<>();

    private final WarmBackends warm;
    private int borrowing;

    private boolean renewing;
    private long renewNanos;

    private volatile @Nullable BackendUnavailable lastFailure;

    /**
     * The supply of one desk.
     *
     * @param lock the desk's
     * @param timer the event loop of ticks and retries
     */
    BackendSupply(Object lock, BackendPool pool, DeskSettings settings, EventLoop timer) {
        this.lock = lock;
        this.pool = pool;
        this.settings = settings;
        this.timer = timer;
        this.warm = new WarmBackends(settings.eager());
        long tick = Math.max(20, settings.linger().toMillis() / 2);
        timer.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.MILLISECONDS);
    }

    // ---------------------------------------------------------------- while the desk's lock is held

    /** The lease has its permit, and waits for {@link #serve}. */
    void granted(Lease lease) {
        assert Thread.holdsLock(lock);
        granted.addLast(lease);
    }

    /** The lease has its permit: a warm backend if there is one and nobody came first, else null, and the lease waits. */
    @Nullable Backend takeOrWait(Lease lease) {
        assert Thread.holdsLock(lock);
        Backend backend = granted.isEmpty() ? takeWarm(lease) : null;
        if (backend == null) {
            granted.addLast(lease);
        }
        return backend;
    }

    private @Nullable Backend takeWarm(Lease lease) {
        return warm.take(lease, settings.eager() && pool.idle() > 0);
    }

    /** The lease does not wait any more, if it did. */
    void withdraw(Lease lease) {
        assert Thread.holdsLock(lock);
        granted.remove(lease);
    }

    /** Whether a lease waits that has its permit. */
    boolean awaited() {
        assert Thread.holdsLock(lock);
        return !granted.isEmpty();
    }

    /** Whether a backend that is given up is to go back to the pool. */
    boolean outlived(Backend backend, long nowNanos) {
        assert Thread.holdsLock(lock);
        long age = nowNanos - backend.connection.borrowedNanos();
        return outdated(backend)
                || pool.hasSurplus()
                || age > settings.maxLifetime().toNanos()
                || (granted.isEmpty() && age > settings.maxLease().toNanos());
    }

    /** The lease that gets a backend which nobody has: it is to be delivered. Null where none waits, and it is warm. */
    @Nullable Lease handOn(Backend backend, long nowNanos) {
        assert Thread.holdsLock(lock);
        Lease next = granted.pollFirst();
        if (next == null) {
            BackendSink sink = backend.warmSink;
            if (sink == null) {
                sink = new WarmSink(lock, warm, pool, backend);
                backend.warmSink = sink;
            }
            backend.connection.sink(sink);
            warm.add(backend, nowNanos);
        } else {
            next.permit().heldFrom(nowNanos);
        }
        return next;
    }

    private boolean outdated(Backend backend) {
        return renewing && backend.connection.createdNanos() - renewNanos < 0;
    }

    private static boolean isLate(Lease lease, long nowNanos) {
        return nowNanos - lease.requestedNanos()
                > lease.permit().clientClass().queueTimeout().toNanos();
    }

    /** Borrowed backends that nobody has. */
    int warm() {
        assert Thread.holdsLock(lock);
        return warm.size();
    }

    // ---------------------------------------------------------------- while it is not

    /** Gives the lease its backend, on the lease's event loop; within this call where that is this one. */
    void deliver(Lease lease, Backend backend) {
        assert !Thread.holdsLock(lock);
        if (lease.eventLoop().inEventLoop()) {
            lease.attach(backend, System.nanoTime());
        } else {
            lease.execute(() -> lease.attach(backend, System.nanoTime()));
        }
    }

    /** Returns a backend that nobody has to the pool. */
    void giveBack(Backend backend) {
        pool.giveBack(backend.connection);
    }

    /** Closes a backend that no other lease may have. */
    void discard(Backend backend, String reason) {
        pool.discard(backend.connection, reason);
    }

    /** The backend turned out to be unfit before anything was sent to it: the lease comes before all others that wait. */
    void replace(Lease lease, Backend unfit, String reason) {
        pool.discard(unfit.connection, reason);
        synchronized (lock) {
            granted.addFirst(lease);
        }
        serve();
    }

    /**
     * Gives granted leases the warm backends, and borrows for those that are left. A grant may come from anywhere (an
     * ended lease, an expired waiter, a larger budget), and a borrow in place of a warm backend could only wait for it.
     */
    void serve() {
        assert !Thread.holdsLock(lock);
        while (true) {
            Lease lease;
            Backend backend;
            synchronized (lock) {
                lease = granted.peekFirst();
                if (lease == null) {
                    return;
                }
                backend = takeWarm(lease);
                if (backend != null) {
                    granted.removeFirst();
                    lease.permit().heldFrom(System.nanoTime());
                } else if (borrowing < granted.size()) {
                    borrowing++;
                } else {
                    return;
                }
            }
            if (backend != null) {
                deliver(lease, backend);
            } else {
                borrow();
            }
        }
    }

    private void borrow() {
        pool.borrow(settings.queueTimeout(), new BorrowCallback() {
            @Override
            public void borrowed(BackendConnection connection) {
                lastFailure = null;
                supply(Backend.of(connection));
            }

            @Override
            public void failed(BackendUnavailable reason) {
                borrowFailed(reason);
            }
        });
    }

    private void supply(Backend backend) {
        Lease next;
        synchronized (lock) {
            borrowing--;
            next = handOn(backend, System.nanoTime());
        }
        if (next != null) {
            deliver(next, backend);
        }
    }

    private void borrowFailed(BackendUnavailable reason) {
        lastFailure = reason;
        boolean hopeless = reason.kind() == BackendUnavailable.Kind.ACCESS_DENIED
                || reason.kind() == BackendUnavailable.Kind.CLOSED;
        List<Lease> failed = new ArrayList<>();
        synchronized (lock) {
            borrowing--;
            if (hopeless) {
                failed.addAll(granted);
                granted.clear();
            }
        }
        for (Lease lease : failed) {
            lease.execute(() -> lease.unreachable(reason));
        }
        if (!hopeless) {
            long delay = reason.kind() == BackendUnavailable.Kind.TIMEOUT ? 1 : BORROW_RETRY.toMillis();
            timer.schedule(this::serve, delay, TimeUnit.MILLISECONDS);
        }
    }

    /** Returns what has lingered to the pool, and refuses the leases that have waited longer than their class allows. */
    private void tick() {
        List<Backend> idle = new ArrayList<>();
        List<Lease> late = new ArrayList<>();
        synchronized (lock) {
            long now = System.nanoTime();
            // Under load none would ever linger: of those that the pool has too many of, all go that nobody has.
            warm.takeOlderThan(pool.hasSurplus() ? now : now - settings.linger().toNanos(), idle::add);
            granted.removeIf(lease -> isLate(lease, now) && late.add(lease));
        }
        idle.forEach(this::giveBack);
        BackendUnavailable reason = lastFailure;
        for (Lease lease : late) {
            lease.execute(() -> lease.unreachable(
                    reason != null
                            ? reason
                            : new BackendUnavailable(
                                    BackendUnavailable.Kind.TIMEOUT,
                                    0,
                                    "no connection could be made within the queue timeout",
                                    null)));
        }
        serve();
    }

    /** Sends each backend that was connected before this moment back to the pool as soon as nobody has it. */
    void renew() {
        List<Backend> idle = new ArrayList<>();
        synchronized (lock) {
            renewNanos = System.nanoTime();
            renewing = true;
            warm.takeOlderThan(renewNanos, idle::add);
        }
        idle.forEach(this::giveBack);
        serve();
    }

    /** Why the last borrow failed; null when it succeeded. Needs no lock. */
    @Nullable BackendUnavailable lastFailure() {
        return lastFailure;
    }
}
