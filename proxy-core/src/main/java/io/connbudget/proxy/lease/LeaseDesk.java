package io.connbudget.proxy.lease;

import io.connbudget.budget.Admission;
import io.connbudget.budget.Budget;
import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientIdentity;
import io.connbudget.budget.Decision;
import io.connbudget.budget.Permit;
import io.connbudget.budget.Refusal;
import io.connbudget.budget.Snapshot;
import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendSink;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.BorrowCallback;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Brings leases and backends together: a lease that has its permit gets a warm backend, one that another lease gives up,
 * or one borrowed from the pool.
 *
 * <pre>
 *   request --> budget: rejected | queued | granted
 *   granted --> warm backend that fits | wait in {@code granted} for the next backend
 *   backend given up or borrowed --> first of {@code granted} | warm --(linger)--> back to the pool
 * </pre>
 *
 * <p>Thread-safe. One lock guards the budget and the three collections; nothing blocks and no lease is called while it
 * is held. Leases are called on their own event loops.
 */
public final class LeaseDesk {
    private static final Duration BORROW_RETRY = Duration.ofMillis(200);

    private final Object lock = new Object();
    private final Budget budget;
    private final BackendPool pool;
    private final DeskSettings settings;
    private final EventLoop timer;

    /** Leases with a permit and without a backend, in the order of their grants; they leave with a backend or refused. */
    private final ArrayDeque<Lease> granted = new ArrayDeque<>();
    /** Refused within the budget's call, told after the lock is released. */
    private final ArrayDeque<Refused> refused = new ArrayDeque<>();

    private final WarmBackends warm;
    private int borrowing;
    private final Reclaimer reclaimer;
    private boolean paused;
    /** Permits in all, also while paused. */
    private int leasable;

    private boolean renewing;
    private long renewNanos;

    /** When {@link #deadline} runs next; {@link Budget#NO_DEADLINE}: not at all. */
    private long armedForNanos = Budget.NO_DEADLINE;

    private volatile @Nullable BackendUnavailable lastFailure;

    private record Refused(Lease lease, Refusal refusal) {}

    /**
     * Times and ways of the desk.
     *
     * @param linger how long a backend that nobody waits for stays out of the pool
     * @param maxLease age of a borrow after which a backend goes back to the pool when nobody waits
     * @param maxLifetime age of a borrow after which it goes back in any case
     * @param queueTimeout how long a lease that has its permit may wait for a backend
     */
    public record DeskSettings(
            Duration linger, Duration maxLease, Duration maxLifetime, Duration queueTimeout, boolean eager) {}

    /**
     * A desk on a pool whose size is at least the plan's total.
     *
     * @param timer the event loop on which deadlines are watched
     */
    public LeaseDesk(BudgetPlan plan, BackendPool pool, DeskSettings settings, EventLoop timer) {
        this.pool = pool;
        this.settings = settings;
        this.leasable = plan.total();
        this.timer = timer;
        this.warm = new WarmBackends(settings.eager());
        this.budget = new Budget(plan, new Budget.Listener() {
            @Override
            public void granted(Permit permit) {
                granted.addLast(permit.owner());
            }

            @Override
            public void refused(Permit permit, Refusal refusal) {
                refused.addLast(new Refused(permit.owner(), refusal));
            }
        });
        this.reclaimer = new Reclaimer(lock, budget, timer);
        long tick = Math.max(20, settings.linger().toMillis() / 2);
        timer.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.MILLISECONDS);
    }

    /** Counts a client in, or says why it may not come in. */
    Admission admit(ClientIdentity identity, Object source, Lease lease) {
        synchronized (lock) {
            Admission admission = budget.admit(identity);
            if (admission.isAdmitted()) {
                lease.permit(budget.newPermit(identity, source, lease));
            }
            return admission;
        }
    }

    /**
     * Gives a client that has logged in anew (COM_CHANGE_USER) the class of its identity, or says why that class does not
     * take it. While the permit is still needed for what the session before left, the class changes with the next request.
     */
    Admission reclassify(Lease lease, ClientIdentity identity) {
        synchronized (lock) {
            if (lease.permit().state() == Permit.State.FREE) {
                lease.nextIdentity(null);
                return budget.reclassify(lease.permit(), identity);
            }
            lease.nextIdentity(identity);
            return new Admission(lease.permit().clientClass(), null);
        }
    }

    private @Nullable Refusal catchUpOnIdentity(Lease lease) {
        ClientIdentity identity = lease.nextIdentity();
        if (identity == null || lease.permit().state() != Permit.State.FREE) {
            return null;
        }
        Refusal refusal = budget.reclassify(lease.permit(), identity).refusal();
        if (refusal == null) {
            lease.nextIdentity(null);
        }
        return refusal;
    }

    /**
     * Puts another plan in force. Clients are classified again; nobody loses a backend or a place in the queue.
     *
     * @param leasable permits in all from here on; may be below the sum of the plan's guarantees
     */
    public void reload(BudgetPlan plan, int leasable) {
        synchronized (lock) {
            long now = System.nanoTime();
            budget.reload(plan, now);
            reclaimer.reloaded();
            this.leasable = leasable;
            budget.resize(paused ? 0 : leasable, now);
            armDeadline(now);
        }
        serveGranted();
        tellRefused();
    }

    /** Changes the number of permits. Shrinking revokes nothing; growing serves the queue at once. */
    public void resize(int leasable) {
        synchronized (lock) {
            this.leasable = leasable;
            budget.resize(paused ? 0 : leasable, System.nanoTime());
        }
        serveGranted();
        tellRefused();
    }

    Reclaimer reclaimer() {
        return reclaimer;
    }

    /** The plan in force. */
    public BudgetPlan plan() {
        synchronized (lock) {
            return budget.plan();
        }
    }

    /** Asks for a backend. The lease is told on its event loop, within this call where possible. */
    void request(Lease lease, long nowNanos) {
        Backend backend = null;
        Refusal refusal = null;
        boolean supply = false;
        synchronized (lock) {
            refusal = catchUpOnIdentity(lease);
            Decision decision = refusal == null ? budget.request(lease.permit(), nowNanos) : null;
            if (decision == null) {
                supply = false;
            } else if (decision == Decision.GRANTED) {
                backend = granted.isEmpty() ? warm.take(lease) : null;
                if (backend == null) {
                    granted.addLast(lease);
                    supply = true;
                }
            } else if (decision == Decision.REJECTED) {
                refusal = budget.lastRefusal();
            } else {
                armDeadline(nowNanos);
            }
        }
        if (backend != null) {
            lease.attach(backend, nowNanos);
        } else if (refusal != null) {
            lease.refused(refusal);
        } else if (supply) {
            serveGranted();
        }
    }

    /** Ends a lease whose backend is fit for another. */
    void release(Lease lease, Backend backend, long nowNanos) {
        Lease next;
        boolean giveBack = false;
        boolean more;
        synchronized (lock) {
            budget.release(lease.permit(), nowNanos);
            next = granted.pollFirst();
            long age = nowNanos - backend.connection.borrowedNanos();
            if (outdated(backend)
                    || age > settings.maxLifetime().toNanos()
                    || (next == null && age > settings.maxLease().toNanos())) {
                giveBack = true;
                if (next != null) {
                    granted.addFirst(next);
                    next = null;
                }
            } else if (next == null) {
                becomeWarm(backend, nowNanos);
            }
            more = !granted.isEmpty() || !refused.isEmpty();
        }
        if (next != null) {
            lease.handedOn();
            deliver(next, backend);
        } else if (giveBack) {
            pool.giveBack(backend.connection);
        }
        if (more) {
            serveGranted();
            tellRefused();
        }
    }

    /** Ends a lease whose backend is not fit for another. */
    void discard(Lease lease, Backend backend, String reason) {
        pool.discard(backend.connection, reason);
        end(lease);
    }

    /** Ends a lease that has a permit but no backend, or neither. */
    void end(Lease lease) {
        synchronized (lock) {
            long now = System.nanoTime();
            granted.remove(lease);
            if (!budget.cancel(lease.permit(), now)) {
                budget.release(lease.permit(), now);
            }
        }
        serveGranted();
        tellRefused();
    }

    /** Counts a client out; its permit must not be held. */
    void leave(Lease lease) {
        synchronized (lock) {
            lease.permit().close();
        }
    }

    /** The backend turned out to be dead at its attach: the lease keeps its permit and gets the next one. */
    void replace(Lease lease, Backend dead) {
        pool.discard(dead.connection, "dead when it was attached");
        synchronized (lock) {
            granted.addFirst(lease);
        }
        serveGranted();
    }

    private void deliver(Lease lease, Backend backend) {
        EventLoop loop = lease.eventLoop();
        if (loop.inEventLoop()) {
            lease.attach(backend, System.nanoTime());
        } else {
            loop.execute(() -> lease.attach(backend, System.nanoTime()));
        }
    }

    private void tellRefused() {
        while (true) {
            Refused next;
            synchronized (lock) {
                next = refused.pollFirst();
            }
            if (next == null) {
                return;
            }
            next.lease().eventLoop().execute(() -> next.lease().refused(next.refusal()));
        }
    }

    private void becomeWarm(Backend backend, long nowNanos) {
        BackendSink sink = backend.warmSink;
        if (sink == null) {
            sink = new WarmSink(backend);
            backend.warmSink = sink;
        }
        backend.connection.sink(sink);
        warm.add(backend, nowNanos);
    }

    /**
     * Gives granted leases the warm backends, and borrows for those that are left. A grant may come from anywhere (an
     * ended lease, an expired waiter, a larger budget), and a borrow in place of a warm backend could only wait for it.
     */
    private void serveGranted() {
        while (true) {
            Lease lease;
            Backend backend;
            synchronized (lock) {
                lease = granted.peekFirst();
                if (lease == null) {
                    return;
                }
                backend = warm.take(lease);
                if (backend != null) {
                    granted.removeFirst();
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
            next = granted.pollFirst();
            if (next == null) {
                becomeWarm(backend, System.nanoTime());
            }
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
            lease.eventLoop().execute(() -> lease.unreachable(reason));
        }
        if (!hopeless) {
            long delay = reason.kind() == BackendUnavailable.Kind.TIMEOUT ? 1 : BORROW_RETRY.toMillis();
            timer.schedule(this::serveGranted, delay, TimeUnit.MILLISECONDS);
        }
    }

    private void armDeadline(long nowNanos) {
        long next = budget.nextDeadlineNanos();
        if (next == Budget.NO_DEADLINE || (armedForNanos != Budget.NO_DEADLINE && armedForNanos - next <= 0)) {
            return;
        }
        armedForNanos = next;
        timer.schedule(() -> deadline(next), Math.max(0, next - nowNanos), TimeUnit.NANOSECONDS);
    }

    private void deadline(long armedFor) {
        synchronized (lock) {
            if (armedFor != armedForNanos) {
                // An earlier one came in between, and armed anew for what was left.
                return;
            }
            armedForNanos = Budget.NO_DEADLINE;
            long now = System.nanoTime();
            budget.expire(now);
            armDeadline(now);
        }
        serveGranted();
        tellRefused();
    }

    private void tick() {
        List<Backend> idle = new ArrayList<>();
        List<Lease> late = new ArrayList<>();
        synchronized (lock) {
            long now = System.nanoTime();
            warm.takeOlderThan(now - settings.linger().toNanos(), idle::add);
            granted.removeIf(lease -> isLate(lease, now) && late.add(lease));
        }
        for (Backend backend : idle) {
            pool.giveBack(backend.connection);
        }
        BackendUnavailable reason = lastFailure;
        for (Lease lease : late) {
            lease.eventLoop()
                    .execute(() -> lease.unreachable(
                            reason != null
                                    ? reason
                                    : new BackendUnavailable(
                                            BackendUnavailable.Kind.TIMEOUT,
                                            0,
                                            "no connection could be made within the queue timeout",
                                            null)));
        }
        serveGranted();
    }

    private static boolean isLate(Lease lease, long nowNanos) {
        return nowNanos - lease.requestedNanos()
                > lease.permit().clientClass().queueTimeout().toNanos();
    }

    /** Why the last borrow failed; null when it succeeded. */
    public @Nullable BackendUnavailable lastFailure() {
        return lastFailure;
    }

    /** Refuses all waiters and all requests from here on. */
    public void drain() {
        synchronized (lock) {
            budget.drain(System.nanoTime());
        }
        tellRefused();
    }

    /** Gives no permit to anybody until {@link #resume}; those that are held stay. Waiters wait on, each until its deadline. */
    public void pause() {
        synchronized (lock) {
            if (!paused) {
                paused = true;
                budget.resize(0, System.nanoTime());
            }
        }
    }

    /** Ends {@link #pause}; the queue is served at once. */
    public void resume() {
        synchronized (lock) {
            if (paused) {
                paused = false;
                budget.resize(leasable, System.nanoTime());
            }
        }
        serveGranted();
        tellRefused();
    }

    /** Permits that there are in all when the desk is not paused. */
    public int leasable() {
        synchronized (lock) {
            return leasable;
        }
    }

    /** Whether {@link #pause} is in force. */
    public boolean paused() {
        synchronized (lock) {
            return paused;
        }
    }

    /** Sends each backend that was connected before this moment back to the pool as soon as nobody has it. */
    public void renewBackends() {
        List<Backend> idle = new ArrayList<>();
        synchronized (lock) {
            renewNanos = System.nanoTime();
            renewing = true;
            warm.takeOlderThan(renewNanos, idle::add);
        }
        for (Backend backend : idle) {
            pool.giveBack(backend.connection);
        }
        serveGranted();
    }

    private boolean outdated(Backend backend) {
        return renewing && backend.connection.createdNanos() - renewNanos < 0;
    }

    /** Leases that have a permit. */
    public int inUse() {
        synchronized (lock) {
            return budget.inUse();
        }
    }

    /** Clients that wait for a permit. */
    public int waiting() {
        synchronized (lock) {
            return budget.waiting();
        }
    }

    /** Borrowed backends that nobody has. */
    public int warm() {
        synchronized (lock) {
            return warm.size();
        }
    }

    public Snapshot snapshot() {
        synchronized (lock) {
            return budget.snapshot(System.nanoTime());
        }
    }

    /** Watches a backend that nobody has: whatever comes from it is a reason to discard it. */
    private final class WarmSink implements BackendSink {
        private final Backend backend;

        WarmSink(Backend backend) {
            this.backend = backend;
        }

        @Override
        public void bytes(BackendConnection c, ByteBuf buffer) {
            buffer.release();
            drop("unexpected bytes while idle");
        }

        @Override
        public void readComplete(BackendConnection c) {}

        @Override
        public void closed(BackendConnection c) {
            drop("closed by the server while idle");
        }

        @Override
        public void writabilityChanged(BackendConnection c, boolean writable) {}

        private void drop(String reason) {
            boolean mine;
            synchronized (lock) {
                mine = warm.remove(backend);
            }
            if (mine) {
                pool.discard(backend.connection, reason);
            } else {
                // It was taken in this moment: the lease finds it dead.
                backend.connection.channel().close();
            }
        }
    }
}
