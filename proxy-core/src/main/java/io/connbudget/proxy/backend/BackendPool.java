package io.connbudget.proxy.backend;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import com.zaxxer.hikari.pool.HikariPool;
import io.connbudget.proxy.backend.BackendUnavailable.Kind;
import io.connbudget.proxy.backend.driver.AdoptedChannel;
import io.connbudget.proxy.backend.driver.AdoptingDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fixed pool of backends: the only class that sees HikariCP, which owns size, creation, lifetime and keep-alive. Thread-safe.
 *
 * <p>Borrowing blocks, so it runs on threads of its own; returning runs on another, because a return that queued behind borrows that
 * wait for it would never come. See docs/adr/0001-adopted-channel-backend.md.
 */
public final class BackendPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackendPool.class);
    private static final AttributeKey<BackendConnection> SELF = AttributeKey.valueOf(BackendPool.class, "self");
    private static final int MAX_BORROWERS = 16;
    private static final long THREAD_IDLE_SECONDS = 30;
    /** How long an idle connection may take to come out of the pool to be closed; the shortest time that HikariCP takes. */
    private static final long SURPLUS_MILLIS = 250;

    /** More than a pool is resized to; it costs nothing. */
    private static final int MOST_CONNECTIONS = 1_000_000;

    private static final Duration VALIDATION_TIMEOUT = Duration.ofSeconds(5);

    private final BackendSettings settings;
    private final EventLoopGroup group;
    private final PhysicalPermits permits;
    private final AdoptingDataSource source;
    private final HikariDataSource hikari;
    private final HikariPool pool;
    private final ThreadPoolExecutor borrowers;
    private final ThreadPoolExecutor returner;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Starts filling the pool in the background; a database that is not reachable does not fail this call.
     *
     * @param group event loops of the backends' channels; not shut down by the pool
     * @param socketChannel the channel class that fits {@code group}
     * @param permits the hard count of physical connections
     * @param registry for HikariCP's own meters, or null
     */
    public BackendPool(
            BackendSettings settings,
            EventLoopGroup group,
            Class<? extends Channel> socketChannel,
            PhysicalPermits permits,
            @Nullable MeterRegistry registry) {
        this.settings = settings;
        this.group = group;
        this.permits = permits;
        this.source = new AdoptingDataSource(settings, group, socketChannel, permits);
        this.borrowers = executor("backend-borrow", Math.min(MAX_BORROWERS, settings.maxConnections()));
        this.returner = executor("backend-return", 1);
        this.hikari = new HikariDataSource(hikariConfig(settings, source, registry));
        hikari.getHikariConfigMXBean().setMaximumPoolSize(settings.maxConnections());
        // The data source offers only one fixed time-out for all borrows; its pool takes one per borrow.
        this.pool = (HikariPool) hikari.getHikariPoolMXBean();
    }

    private static HikariConfig hikariConfig(
            BackendSettings settings, AdoptingDataSource source, @Nullable MeterRegistry registry) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("connbudget-backend");
        config.setDataSource(source);
        // At its start HikariCP makes as many places for requests to connect, and drops those that find none: a pool
        // that
        // grows later would leave borrowers waiting.
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

    private static ThreadPoolExecutor executor(String name, int threads) {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads,
                threads,
                THREAD_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(name, true));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Asks for a backend; returns at once. The outcome comes within {@code timeout}. Any thread. */
    public void borrow(Duration timeout, BorrowCallback callback) {
        Borrow borrow = new Borrow(timeout, callback);
        try {
            borrow.timer = group.next().schedule(borrow::expire, timeout.toNanos(), TimeUnit.NANOSECONDS);
            borrowers.execute(borrow);
        } catch (RejectedExecutionException e) {
            borrow.fail(new BackendUnavailable(Kind.CLOSED, 0, "the proxy is shutting down", e));
        }
    }

    /**
     * Returns a borrowed backend to HikariCP: it must be at a command boundary, outside a transaction, its session state known to
     * the attachment. If anything is outstanding it is discarded. Any thread; returns at once; without effect the second time.
     */
    public void giveBack(BackendConnection connection) {
        onLoop(connection, () -> {
            Connection proxy = connection.end();
            if (proxy == null) {
                return;
            }
            if (pool.getTotalConnections() > hikari.getMaximumPoolSize()) {
                evict(connection, proxy, "the pool has shrunk");
            } else if (connection.spoilt() || !connection.adopted().leaveRelay()) {
                evict(connection, proxy, "not at rest when given back");
            } else {
                returning(() -> proxy.close());
            }
        });
    }

    /** Closes a borrowed backend and has HikariCP replace it. Any thread; returns at once; without effect the second time. */
    public void discard(BackendConnection connection, String reason) {
        Connection proxy = connection.end();
        if (proxy != null) {
            evict(connection, proxy, reason);
        }
    }

    private void evict(BackendConnection connection, Connection proxy, String reason) {
        LOG.debug("backend {} discarded: {}", connection, reason);
        connection.adopted().close();
        replace(proxy);
    }

    /** Has HikariCP make another in place of this one. */
    private void replace(Connection proxy) {
        returning(() -> {
            hikari.evictConnection(proxy);
            proxy.close();
        });
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

    private static void onLoop(BackendConnection connection, Runnable task) {
        if (connection.eventLoop().inEventLoop()) {
            task.run();
        } else {
            try {
                connection.eventLoop().execute(task);
            } catch (RejectedExecutionException e) {
                // The group is shut down, which closes its channels.
                LOG.debug("event loop of {} is shut down", connection, e);
            }
        }
    }

    private BackendConnection connectionOf(Connection proxy) throws SQLException {
        AdoptedChannel adopted = source.channelOf(proxy.unwrap(Connection.class));
        var attribute = adopted.channel().attr(SELF);
        BackendConnection known = attribute.get();
        if (known == null) {
            known = new BackendConnection(adopted, settings.user());
            // Only one borrower at a time has this connection.
            attribute.set(known);
        }
        return known;
    }

    /**
     * Changes the size of the pool. What is idle beyond it is closed, what is borrowed beyond it when it is given back. The
     * permits' limit is the caller's to change. Any thread; returns at once.
     *
     * @param maxConnections at least 1
     * @param minIdle 0 to maxConnections
     */
    public void resize(int maxConnections, int minIdle) {
        int threads = Math.min(MAX_BORROWERS, maxConnections);
        if (threads > borrowers.getMaximumPoolSize()) {
            borrowers.setMaximumPoolSize(threads);
            borrowers.setCorePoolSize(threads);
        }
        HikariConfigMXBean size = hikari.getHikariConfigMXBean();
        size.setMinimumIdle(Math.max(1, minIdle));
        size.setMaximumPoolSize(maxConnections);
        returning(this::closeSurplus);
    }

    private void closeSurplus() throws SQLException {
        while (pool.getTotalConnections() > hikari.getMaximumPoolSize() && pool.getIdleConnections() > 0) {
            Connection surplus = pool.getConnection(SURPLUS_MILLIS);
            hikari.evictConnection(surplus);
            surplus.close();
        }
    }

    /** What is asked over a control connection. */
    @FunctionalInterface
    public interface ControlTask<T> {
        T run(Connection connection) throws SQLException;
    }

    /**
     * Runs a task on a connection outside the pool, under a permit of its own. Blocks; must not be called on an event loop.
     *
     * @throws BackendUnavailable if no permit is free or the database cannot be reached; its message holds no secret
     */
    public <T> T control(ControlTask<T> task) throws BackendUnavailable {
        // A budget of one has nothing to keep in reserve: its one connection serves for this too, when it is idle.
        boolean reserve = permits.limit() > 1;
        try (Connection connection = reserve
                ? source.getControlConnection()
                : pool.getConnection(settings.connectTimeout().toMillis())) {
            return task.run(connection);
        } catch (SQLException e) {
            BackendUnavailable known = source.lastFailure();
            throw known != null
                    ? known
                    : new BackendUnavailable(
                            Kind.UNREACHABLE, e.getErrorCode(), "control connection failed: " + e.getMessage(), e);
        }
    }

    /**
     * Asks the database whether this is the password of an account, by a login under a permit of its own, the reserved one where
     * no other is free. Blocks.
     *
     * @param password overwritten
     * @throws BackendUnavailable if the database could not be asked; ACCESS_DENIED with its code where it said no
     */
    public void checkPassword(String user, char[] password) throws BackendUnavailable {
        try (Connection asked = source.getControlConnection(new AdoptingDataSource.Login(user, password))) {
            LOG.debug("the database took the password of {} on {}", user, asked);
        } catch (SQLException e) {
            if (e instanceof SQLTransientConnectionException && e.getErrorCode() == 0) {
                throw new BackendUnavailable(Kind.TIMEOUT, 0, String.valueOf(e.getMessage()), null);
            }
            boolean denied = "28000".equals(e.getSQLState());
            throw new BackendUnavailable(
                    denied ? Kind.ACCESS_DENIED : Kind.UNREACHABLE,
                    e.getErrorCode(),
                    denied ? "access denied" : "the database could not be asked: " + e.getMessage(),
                    null);
        }
    }

    /** Connections that the server may count: connecting, idle, borrowed and closing; control connections that hold a permit too. */
    public int physicalConnections() {
        return permits.held();
    }

    /** Every physical connection at this moment, in no order. Any thread. */
    public List<BackendFacts> connections() {
        return source.channels().stream().map(BackendPool::facts).toList();
    }

    private static BackendFacts facts(AdoptedChannel adopted) {
        boolean connected = adopted.channel().remoteAddress() instanceof InetSocketAddress;
        InetSocketAddress address = connected
                ? (InetSocketAddress) adopted.channel().remoteAddress()
                : InetSocketAddress.createUnresolved("", 0);
        return new BackendFacts(
                adopted.serverId(),
                address.getHostString(),
                address.getPort(),
                adopted.phase(),
                adopted.openedNanos(),
                adopted.channel().pipeline().get(SslHandler.class) != null);
    }

    /** Has HikariCP replace every connection: idle ones at once, borrowed ones when they are given back. Any thread. */
    public void renew() {
        pool.softEvictConnections();
    }

    /** Connections that HikariCP has idle. */
    public int idle() {
        return pool.getIdleConnections();
    }

    /** Borrowers that wait for HikariCP to give them one. */
    public int waitingForBackend() {
        return pool.getThreadsAwaitingConnection();
    }

    /** Connections being opened. */
    public int connecting() {
        return permits.count(PhysicalPermits.Phase.CONNECTING);
    }

    /** Connections in HikariCP's hands. */
    public int driverOwned() {
        return permits.count(PhysicalPermits.Phase.DRIVER_OWNED);
    }

    /** Connections that are borrowed. */
    public int relaying() {
        return permits.count(PhysicalPermits.Phase.RELAYING);
    }

    /** Connections whose close the server has not yet confirmed. */
    public int closing() {
        return permits.count(PhysicalPermits.Phase.CLOSING);
    }

    /** Attempts to open a connection that failed for this reason since the start. */
    public long connectFailures(Kind kind) {
        return source.failures(kind);
    }

    /**
     * Closes everything, borrowed backends too, and waits until each close is confirmed; what is left after {@code closeTimeout} is
     * reset. Blocks; must not be called on an event loop.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        source.shutDown();
        borrowers.shutdownNow().forEach(queued -> {
            if (queued instanceof Borrow borrow) {
                borrow.fail(new BackendUnavailable(Kind.CLOSED, 0, "the proxy is shutting down", null));
            }
        });
        long deadline = System.nanoTime() + settings.closeTimeout().toNanos();
        Thread closer = new Thread(hikari::close, "backend-close");
        // It may sit out HikariCP's pause between two attempts to connect, which cannot be cut short; nobody waits for
        // it.
        closer.setDaemon(true);
        closer.start();
        source.channels().stream().filter(AdoptedChannel::relaying).forEach(AdoptedChannel::abort);
        try {
            awaitGone(deadline - System.nanoTime());
            source.channels().forEach(AdoptedChannel::reset);
            awaitGone(TimeUnit.SECONDS.toNanos(1));
        } catch (InterruptedException e) {
            source.channels().forEach(AdoptedChannel::reset);
            Thread.currentThread().interrupt();
        }
        returner.shutdown();
    }

    private void awaitGone(long nanos) throws InterruptedException {
        CompletableFuture<?>[] gone =
                source.channels().stream().map(AdoptedChannel::gone).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(gone).get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("backends still open: {}", source.channels(), e);
        }
    }

    /** What HikariCP's side of a return does. */
    @FunctionalInterface
    private interface SqlAction {
        void run() throws SQLException;
    }

    /**
     * One request for a backend. It ends once: whoever wins {@link #ended} (a backend, a failure, the timer) tells the callback; a
     * backend that comes after the timer goes straight back to HikariCP.
     */
    private final class Borrow implements Runnable {
        private final long deadlineNanos;
        private final Duration timeout;
        private final BorrowCallback callback;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile io.netty.util.concurrent.@Nullable ScheduledFuture<?> timer;

        Borrow(Duration timeout, BorrowCallback callback) {
            this.deadlineNanos = System.nanoTime() + timeout.toNanos();
            this.timeout = timeout;
            this.callback = callback;
        }

        @Override
        public void run() {
            long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
            if (millis <= 0 || ended.get()) {
                expire();
                return;
            }
            Connection proxy;
            try {
                proxy = pool.getConnection(millis);
            } catch (SQLException e) {
                expire();
                return;
            }
            try {
                BackendConnection connection = connectionOf(proxy);
                connection.eventLoop().execute(() -> hand(connection, proxy));
            } catch (SQLException e) {
                // The server closed it while it was idle. HikariCP would count it as in use for ever.
                replace(proxy);
                again();
            } catch (RejectedExecutionException e) {
                fail(new BackendUnavailable(Kind.CLOSED, 0, "the proxy is shutting down", e));
            }
        }

        /** On the backend's event loop. */
        private void hand(BackendConnection connection, Connection proxy) {
            if (!connection.begin(proxy)) {
                // HikariCP does not look at a connection that was used within the last half second.
                evict(connection, proxy, "dead in the pool");
                again();
            } else if (!ended.compareAndSet(false, true)) {
                giveBack(connection);
            } else {
                stopTimer();
                try {
                    callback.borrowed(connection);
                } catch (RuntimeException e) {
                    LOG.warn("borrower failed, backend discarded", e);
                    discard(connection, "borrower failed");
                }
            }
        }

        private void again() {
            try {
                borrowers.execute(this);
            } catch (RejectedExecutionException e) {
                fail(new BackendUnavailable(Kind.CLOSED, 0, "the proxy is shutting down", e));
            }
        }

        void expire() {
            BackendUnavailable reason = source.lastFailure();
            if (closed.get()) {
                reason = new BackendUnavailable(Kind.CLOSED, 0, "the proxy is shutting down", null);
            } else if (reason == null) {
                reason = new BackendUnavailable(
                        Kind.TIMEOUT,
                        0,
                        "no backend came free within " + timeout.toMillis() + " ms: pool " + settings.maxConnections()
                                + ", idle " + pool.getIdleConnections() + ", borrowed " + relaying() + ", connecting "
                                + connecting() + ", closing " + closing() + ", in the driver's hands "
                                + driverOwned() + "; HikariCP counts " + pool.getTotalConnections()
                                + " with " + pool.getActiveConnections() + " in use and "
                                + pool.getThreadsAwaitingConnection() + " waited for",
                        null);
            }
            fail(reason);
        }

        void fail(BackendUnavailable reason) {
            if (ended.compareAndSet(false, true)) {
                stopTimer();
                callback.failed(reason);
            }
        }

        private void stopTimer() {
            var running = timer;
            if (running != null) {
                running.cancel(false);
            }
        }
    }
}
