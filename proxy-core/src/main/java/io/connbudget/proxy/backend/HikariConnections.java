package io.connbudget.proxy.backend;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import com.zaxxer.hikari.pool.HikariPool;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HikariCP's connections: how it is configured, and the only class that sees it. Thread-safe.
 *
 * <p>Taking one blocks its caller; returning runs on a thread of its own, {@code backend-return}, because a return that queued
 * behind borrows that wait for it would never come.
 */
final class HikariConnections {
    private static final Logger LOG = LoggerFactory.getLogger(HikariConnections.class);

    /** How long an idle connection may take to come out of the pool to be closed; the shortest time that HikariCP takes. */
    private static final long SURPLUS_MILLIS = 250;

    /** More than a pool is resized to; it costs nothing. */
    private static final int MOST_CONNECTIONS = 1_000_000;

    private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(5);

    private final HikariDataSource hikari;
    private final HikariPool pool;
    private final ThreadPoolExecutor returner = BackendPool.executor("backend-return", 1);

    /**
     * Starts filling the pool in the background.
     *
     * @param source makes the connections
     * @param registry for HikariCP's own meters, or null
     */
    HikariConnections(BackendSettings settings, DataSource source, @Nullable MeterRegistry registry) {
        this.hikari = new HikariDataSource(config(settings, source, registry));
        hikari.getHikariConfigMXBean().setMaximumPoolSize(settings.maxConnections());
        // The data source offers only one fixed time-out for all borrows; its pool takes one per borrow.
        this.pool = (HikariPool) hikari.getHikariPoolMXBean();
    }

    private static HikariConfig config(BackendSettings settings, DataSource source, @Nullable MeterRegistry registry) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("connbudget-backend");
        config.setDataSource(source);
        // At its start HikariCP makes as many places for requests to connect, and drops those that find none: a pool
        // that grows later would leave borrowers waiting.
        config.setMaximumPoolSize(Math.max(settings.maxConnections(), MOST_CONNECTIONS));
        // With none to keep idle HikariCP makes no new connection for those who wait when one is evicted: they would
        // wait for the next that comes to borrow.
        config.setMinimumIdle(Math.max(1, settings.minIdle()));
        // The database may come up later than the proxy.
        config.setInitializationFailTimeout(-1);
        config.setConnectionTimeout(settings.connectTimeout().toMillis());
        config.setValidationTimeout(Math.min(
                VALIDATION_TIMEOUT.toMillis(), settings.connectTimeout().toMillis()));
        config.setMaxLifetime(settings.maxLifetime().toMillis());
        config.setKeepaliveTime(settings.keepaliveTime().toMillis());
        // A lease may last; its own limits watch over it.
        config.setLeakDetectionThreshold(0);
        config.setRegisterMbeans(false);
        // As Connector/J has it after the login, so that nothing is sent; the server's state is the lease's business.
        config.setAutoCommit(true);
        config.setThreadFactory(new DefaultThreadFactory("backend-hikari", true));
        if (registry != null) {
            config.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(registry));
        }
        return config;
    }

    /** Takes a connection out, idle or made for it. Blocks; throws after {@code millis}, which HikariCP lifts to 250. */
    Connection take(long millis) throws SQLException {
        return pool.getConnection(millis);
    }

    /** Puts a connection back that was taken. Any thread; returns at once. */
    void giveBack(Connection taken) {
        returning(() -> taken.close());
    }

    /** Has HikariCP make another in place of this one that was taken. Any thread; returns at once. */
    void replace(Connection taken) {
        returning(() -> evict(taken));
    }

    /** Blocks for as long as HikariCP does. */
    private void evict(Connection taken) throws SQLException {
        hikari.evictConnection(taken);
        taken.close();
    }

    /** What HikariCP's side of a return does. */
    @FunctionalInterface
    private interface SqlAction {
        void run() throws SQLException;
    }

    private void returning(SqlAction action) {
        try {
            returner.execute(() -> {
                try {
                    action.run();
                } catch (SQLException e) {
                    LOG.debug("HikariCP did not take a connection back", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("pool is closed, nothing to return to", e);
        }
    }

    /** Changes the size; what is idle beyond it is closed. Any thread; returns at once. */
    void resize(int maxConnections, int minIdle) {
        HikariConfigMXBean size = hikari.getHikariConfigMXBean();
        size.setMinimumIdle(Math.max(1, minIdle));
        size.setMaximumPoolSize(maxConnections);
        returning(this::closeSurplus);
    }

    private void closeSurplus() throws SQLException {
        while (hasSurplus() && pool.getIdleConnections() > 0) {
            evict(pool.getConnection(SURPLUS_MILLIS));
        }
    }

    /** Whether there are more than the size allows. */
    boolean hasSurplus() {
        return pool.getTotalConnections() > hikari.getMaximumPoolSize();
    }

    /** Has every connection replaced: idle ones at once, taken ones when they are given back. Any thread. */
    void renew() {
        pool.softEvictConnections();
    }

    int idle() {
        return pool.getIdleConnections();
    }

    /** Threads that are in {@link #take}. */
    int awaiting() {
        return pool.getThreadsAwaitingConnection();
    }

    /** What HikariCP counts, for messages. */
    String counts() {
        return "HikariCP counts " + pool.getTotalConnections() + " with " + pool.getActiveConnections() + " in use and "
                + pool.getThreadsAwaitingConnection() + " waited for";
    }

    /** Begins to close all connections, on the thread {@code backend-close}; returns at once. */
    void beginClose() {
        Thread closer = new Thread(hikari::close, "backend-close");
        // It may sit out HikariCP's pause between two attempts to connect, which cannot be cut short; nobody waits for
        // it.
        closer.setDaemon(true);
        closer.start();
    }

    /** Takes nothing back any more. */
    void endClose() {
        returner.shutdown();
    }
}
