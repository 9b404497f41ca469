package io.connbudget.proxy.capacity;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.config.BackendConfig;
import io.connbudget.proxy.config.BudgetConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.lease.LeaseDesk;

/**
 * Permits of connections, pool and desk, resized together: a smaller budget is first in force for leases, a larger one
 * first for connections, so that no lease ever counts on a connection that may not be. What is leased stays leased.
 */
public final class PoolTarget implements BudgetControl.Target {
    private final PhysicalPermits permits;
    private final BackendPool pool;
    private final LeaseDesk desk;
    private volatile int minIdle;

    public PoolTarget(ProxyConfig config, PhysicalPermits permits, BackendPool pool, LeaseDesk desk) {
        this.permits = permits;
        this.pool = pool;
        this.desk = desk;
        this.minIdle = config.backend().minIdle();
    }

    @Override
    public int open() {
        return pool.driverOwned() + pool.relaying();
    }

    @Override
    public long refusals() {
        return pool.connectFailures(BackendUnavailable.Kind.REFUSED_BY_SERVER);
    }

    @Override
    public void resize(int total) {
        int leasable = BudgetConfig.leasable(total);
        if (total < permits.limit()) {
            desk.resize(leasable);
            resizeConnections(total);
        } else {
            resizeConnections(total);
            desk.resize(leasable);
        }
    }

    @Override
    public void reload(ProxyConfig config, int total) {
        int leasable = BudgetConfig.leasable(total);
        // Before anything changes: a plan that cannot be made leaves all as it was.
        BudgetPlan plan = BudgetPlans.of(config, leasable);
        minIdle = config.backend().minIdle();
        desk.reload(plan, Math.min(leasable, BudgetConfig.leasable(permits.limit())));
        resizeConnections(total);
        desk.resize(leasable);
    }

    private void resizeConnections(int total) {
        int leasable = BudgetConfig.leasable(total);
        int idle = minIdle == BackendConfig.ALL ? leasable : Math.min(minIdle, leasable);
        permits.limit(total, total - leasable);
        pool.resize(leasable, idle);
    }
}
