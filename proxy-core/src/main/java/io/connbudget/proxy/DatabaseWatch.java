package io.connbudget.proxy;

import io.connbudget.proxy.backend.BackendHost;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.ReadOnlyServer;
import io.connbudget.proxy.backend.ServerLimits;
import io.connbudget.proxy.capacity.Backends;
import io.connbudget.proxy.capacity.BudgetControl;
import io.connbudget.proxy.config.BudgetConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.ReadOnlyDatabase;
import io.connbudget.proxy.lease.LeaseDesk;
import io.connbudget.proxy.logging.LogKeys;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a database that was reached: how much room it has, whether it takes writes, whether another has taken its place. Its
 * looks run on the thread of the executor, which may block.
 */
final class DatabaseWatch {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);
    private static final long TICK_MILLIS = 100;

    /** After a reload that wants the database's limits for the first time. */
    private static final Duration FIRST_READ_RETRY = Duration.ofSeconds(1);

    /** How often a database that must take writes is asked whether it does. */
    private static final Duration READ_ONLY_LOOK = Duration.ofSeconds(2);

    private static final Duration KNOCK = Duration.ofSeconds(1);

    private final Supplier<ProxyConfig> config;
    private final BackendPool pool;
    private final LeaseDesk desk;
    private final BudgetControl budget;
    private final EventLog events;
    private final ScheduledExecutorService executor;
    private long limitsReadNanos = System.nanoTime();
    private long knockNanos = System.nanoTime();
    private long readOnlyLookNanos = System.nanoTime();

    /** @param config the one in force */
    DatabaseWatch(
            Supplier<ProxyConfig> config,
            BackendPool pool,
            LeaseDesk desk,
            BudgetControl budget,
            EventLog events,
            ScheduledExecutorService executor) {
        this.config = config;
        this.pool = pool;
        this.desk = desk;
        this.budget = budget;
        this.events = events;
        this.executor = executor;
    }

    /** Looks from here on. */
    void start() {
        executor.scheduleWithFixedDelay(this::look, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            budget.tick(System.nanoTime());
            readLimits();
            lookForReadOnly();
            knock();
        } catch (RuntimeException e) {
            // A task that throws would not run again.
            LOG.error("a look at the database failed", e);
        }
    }

    /** Reads the database's limits over the connection. On the executor's thread. */
    void read(Connection connection) throws SQLException {
        limitsReadNanos = System.nanoTime();
        budget.read(limits(connection), System.nanoTime());
    }

    private ServerLimits limits(Connection connection) throws SQLException {
        return ServerLimits.read(connection, Backends.ours(config.get(), pool));
    }

    /** Asks the database how much room it has, where the configuration wants that and it is time. */
    private void readLimits() {
        BudgetConfig wanted = config.get().budget();
        long now = System.nanoTime();
        Duration interval = budget.unread() ? FIRST_READ_RETRY : wanted.discoveryInterval();
        if (!wanted.discovers() || now - limitsReadNanos < interval.toNanos()) {
            return;
        }
        limitsReadNanos = now;
        try {
            budget.read(pool.control(this::limits), System.nanoTime());
        } catch (BackendUnavailable e) {
            if (e.kind() == BackendUnavailable.Kind.REFUSED_BY_SERVER) {
                budget.shutOut(System.nanoTime());
            }
            LOG.debug("the database's limits could not be read", e);
        }
    }

    /** Turns away from a database that has become read-only, where the configuration wants one that takes writes. */
    private void lookForReadOnly() {
        long now = System.nanoTime();
        if (config.get().backend().readOnly() != ReadOnlyDatabase.REFUSE
                || now - readOnlyLookNanos < READ_ONLY_LOOK.toNanos()) {
            return;
        }
        readOnlyLookNanos = now;
        boolean readOnly;
        try {
            readOnly = pool.control(ReadOnlyServer::is);
        } catch (BackendUnavailable e) {
            readOnly = e.kind() == BackendUnavailable.Kind.READ_ONLY;
        }
        if (readOnly) {
            renewBackends();
        }
    }

    /** Tries to reach a database that no connection is open to: a pool that nobody asks does not notice that it is away, or back. */
    private void knock() {
        long now = System.nanoTime();
        if (pool.driverOwned() + pool.relaying() > 0 || now - knockNanos < KNOCK.toNanos()) {
            return;
        }
        knockNanos = now;
        try {
            pool.control(connection -> true);
        } catch (BackendUnavailable e) {
            LOG.debug("the database is out of reach", e);
        }
    }

    /** New connections go to another host than those before. Any thread; returns at once. */
    void moved(BackendHost from, BackendHost to) {
        String what = "the database is " + to + " from here on: " + from + " is out of reach or read-only";
        LOG.atWarn()
                .addKeyValue(LogKeys.EVENT, "failover")
                .addKeyValue(LogKeys.BACKEND_ADDRESS, to)
                .log(what);
        events.add("failover", what);
        try {
            executor.execute(this::renewBackends);
        } catch (RejectedExecutionException e) {
            LOG.debug("the proxy ends", e);
        }
    }

    /** Replaces the connections to a database that is not the one to work with any more. */
    private void renewBackends() {
        desk.renewBackends();
        pool.renew();
    }

    /**
     * Why no client can be served: the database has been out of reach for longer than clients wait for it. Until then they are
     * well placed here. Any thread; does not block.
     */
    Optional<String> outOfReach() {
        BackendUnavailable failure = pool.lastFailure();
        long patience = config.get().budget().queueTimeout().toNanos();
        return failure != null && pool.outOfReachNanos() > patience
                ? Optional.of(String.valueOf(failure.getMessage()))
                : Optional.empty();
    }
}
