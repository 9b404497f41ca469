package io.connbudget.proxy.lease;

import io.connbudget.budget.Admission;
import io.connbudget.budget.Budget;
import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientIdentity;
import io.connbudget.budget.Decision;
import io.connbudget.budget.Permit;
import io.connbudget.budget.Refusal;
import io.connbudget.budget.Snapshot;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Brings leases and backends together: the budget says which lease gets its permit, the {@link BackendSupply} which backend it
 * gets.
 *
 * <pre>
 *   request --> budget: rejected | queued | granted
 *   granted --> {@link BackendSupply}
 * </pre>
 *
 * <p>Thread-safe. One lock guards the budget and the collections, those of the supply and of the {@link Reclaimer} too;
 * nothing blocks and no lease is called while it is held. Leases are called on their own event loops.
 */
public final class LeaseDesk {
    private final Object lock = new Object();
    private final Budget budget;
    private final BackendSupply supply;
    private final EventLoop timer;

    /** Refused within the budget's call, told after the lock is released. */
    private final ArrayDeque<Refused> refused = new ArrayDeque<>();

    private final Reclaimer reclaimer;
    private boolean paused;
    /** Permits in all, also while paused. */
    private int leasable;
    /** The budget's time: what its callers read before they had the lock may be older than what another has told it. */
    private long budgetNanos = System.nanoTime();

    /** When {@link #deadline} runs next; {@link Budget#NO_DEADLINE}: not at all. */
    private long armedForNanos = Budget.NO_DEADLINE;

    private record Refused(Lease lease, Refusal refusal) {}

    /**
     * A desk on a pool.
     *
     * @param leasable permits in all; may be below the sum of the plan's guarantees
     * @param timer the event loop on which deadlines are watched
     */
    public LeaseDesk(BudgetPlan plan, int leasable, BackendPool pool, DeskSettings settings, EventLoop timer) {
        this.supply = new BackendSupply(lock, pool, settings, timer);
        this.leasable = leasable;
        this.timer = timer;
        this.budget = new Budget(plan, new Budget.Listener() {
            @Override
            public void granted(Permit permit) {
                supply.granted(permit.owner());
            }

            @Override
            public void refused(Permit permit, Refusal refusal) {
                refused.addLast(new Refused(permit.owner(), refusal));
            }
        });
        budget.resize(leasable, budgetNanos);
        this.reclaimer = new Reclaimer(lock, budget, timer);
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
            this.leasable = leasable;
            reload(plan);
        }
        supply.serve();
        tellRefused();
    }

    /**
     * Puts another plan in force whose classes are made of those before; the number of permits stays.
     *
     * @param change gets the plan in force, with a total of at least the permits that there are; what it throws changes nothing
     */
    public void change(UnaryOperator<BudgetPlan> change) {
        synchronized (lock) {
            BudgetPlan before = budget.plan();
            reload(change.apply(before.withTotal(Math.max(before.total(), leasable))));
        }
        supply.serve();
        tellRefused();
    }

    private void reload(BudgetPlan plan) {
        long now = time(System.nanoTime());
        budget.reload(plan, paused ? 0 : leasable, now);
        reclaimer.reloaded();
        armDeadline(now);
    }

    /** The budget's time goes on, or stands, but never back; under the lock. */
    private long time(long nowNanos) {
        budgetNanos = nowNanos - budgetNanos > 0 ? nowNanos : budgetNanos;
        return budgetNanos;
    }

    /** Changes the number of permits. Shrinking revokes nothing; growing serves the queue at once. */
    public void resize(int leasable) {
        synchronized (lock) {
            this.leasable = leasable;
            budget.resize(paused ? 0 : leasable, time(System.nanoTime()));
        }
        supply.serve();
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
        boolean waits = false;
        synchronized (lock) {
            long now = time(nowNanos);
            refusal = catchUpOnIdentity(lease);
            Decision decision = refusal == null ? budget.request(lease.permit(), now) : null;
            if (decision == null) {
                waits = false;
            } else if (decision == Decision.GRANTED) {
                backend = supply.takeOrWait(lease);
                waits = backend == null;
            } else if (decision == Decision.REJECTED) {
                refusal = budget.lastRefusal();
            } else {
                armDeadline(now);
            }
        }
        if (backend != null) {
            lease.attach(backend, nowNanos);
        } else if (refusal != null) {
            lease.refused(refusal);
        } else if (waits) {
            supply.serve();
        }
    }

    /** Ends a lease whose backend is fit for another. */
    void release(Lease lease, Backend backend, long nowNanos) {
        Lease next;
        boolean giveBack;
        boolean more;
        synchronized (lock) {
            budget.release(lease.permit(), time(nowNanos));
            giveBack = supply.outlived(backend, nowNanos);
            next = giveBack ? null : supply.handOn(backend, nowNanos);
            more = supply.awaited() || !refused.isEmpty();
        }
        if (next != null) {
            lease.handedOn();
            supply.deliver(next, backend);
        } else if (giveBack) {
            supply.giveBack(backend);
        }
        if (more) {
            supply.serve();
            tellRefused();
        }
    }

    /** Ends a lease whose backend is not fit for another. */
    void discard(Lease lease, Backend backend, String reason) {
        supply.discard(backend, reason);
        end(lease);
    }

    /** Ends a lease that has a permit but no backend, or neither. */
    void end(Lease lease) {
        synchronized (lock) {
            long now = time(System.nanoTime());
            supply.withdraw(lease);
            if (!budget.cancel(lease.permit(), now)) {
                budget.release(lease.permit(), now);
            }
        }
        supply.serve();
        tellRefused();
    }

    /** Counts a client out; its permit must not be held. */
    void leave(Lease lease) {
        synchronized (lock) {
            lease.permit().close();
        }
    }

    /** The backend turned out to be unfit before anything was sent to it: the lease keeps its permit and gets the next one. */
    void replace(Lease lease, Backend unfit, String reason) {
        supply.replace(lease, unfit, reason);
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
            next.lease().execute(() -> next.lease().refused(next.refusal()));
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
            long now = time(System.nanoTime());
            budget.expire(now);
            armDeadline(now);
        }
        supply.serve();
        tellRefused();
    }

    /** Why the last borrow failed; null when it succeeded. */
    public @Nullable BackendUnavailable lastFailure() {
        return supply.lastFailure();
    }

    /** Refuses all waiters and all requests from here on. */
    public void drain() {
        synchronized (lock) {
            budget.drain(time(System.nanoTime()));
        }
        tellRefused();
    }

    /** Gives no permit to anybody until {@link #resume}; those that are held stay. Waiters wait on, each until its deadline. */
    public void pause() {
        synchronized (lock) {
            if (!paused) {
                paused = true;
                budget.resize(0, time(System.nanoTime()));
            }
        }
    }

    /** Ends {@link #pause}; the queue is served at once. */
    public void resume() {
        synchronized (lock) {
            if (paused) {
                paused = false;
                budget.resize(leasable, time(System.nanoTime()));
            }
        }
        supply.serve();
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
        supply.renew();
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
            return supply.warm();
        }
    }

    public Snapshot snapshot() {
        synchronized (lock) {
            return budget.snapshot(time(System.nanoTime()));
        }
    }
}
