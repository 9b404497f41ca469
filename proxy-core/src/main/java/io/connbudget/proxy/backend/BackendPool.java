package io.connbudget.proxy.backend;

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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fixed pool of backends: HikariCP, seen by {@link HikariConnections} only, owns size, creation, lifetime and keep-alive; the
 * channels under it come from {@link AdoptingDataSource}. Thread-safe.
 *
 * <p>Borrowing blocks, so each {@link Borrow} runs on threads of its own. See docs/adr/0001-adopted-channel-backend.md.
 */
public final class BackendPool implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackendPool.class);
    private static final AttributeKey<BackendConnection> SELF = AttributeKey.valueOf(BackendPool.class, "self");
    private static final int MAX_BORROWERS = 16;
    private static final long THREAD_IDLE_SECONDS = 30;
    private final BackendSettings settings;
    private final EventLoopGroup group;
    private final PhysicalPermits permits;
    private final AdoptingDataSource source;
    private final HikariConnections connections;
    private final ThreadPoolExecutor borrowers;
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
        this.connections = new HikariConnections(settings, source, registry);
    }

    /** As many daemon threads as have work, and what waits for them in a queue. */
    static ThreadPoolExecutor executor(String name, int threads) {
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
        new Borrow(this, connections, borrowers, timeout, callback).start(group.next());
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
            if (connections.hasSurplus()) {
                evict(connection, proxy, "the pool has shrunk");
            } else if (connection.spoilt() || !connection.adopted().leaveRelay()) {
                evict(connection, proxy, "not at rest when given back");
            } else {
                connections.giveBack(proxy);
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

    /** Closes a connection that HikariCP has given out, and has it make another. */
    void evict(BackendConnection connection, Connection proxy, String reason) {
        LOG.debug("backend {} discarded: {}", connection, reason);
        connection.adopted().close();
        connections.replace(proxy);
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

    /** The backend behind a connection that HikariCP has given out; throws where its channel is gone. */
    BackendConnection connectionOf(Connection proxy) throws SQLException {
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
        connections.resize(maxConnections, minIdle);
    }

    /** Whether there are more connections than the size allows, since it was larger before. Any thread. */
    public boolean hasSurplus() {
        return connections.hasSurplus();
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
                : connections.take(settings.connectTimeout().toMillis())) {
            return task.run(connection);
        } catch (SQLException e) {
            if (reserve && isWithoutPermit(e)) {
                // The database was not asked: what it said to another connection earlier is no answer to this one.
                throw new BackendUnavailable(Kind.TIMEOUT, 0, String.valueOf(e.getMessage()), null);
            }
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
     * @throws AccountRefused where it does not let the account in, whatever the password
     */
    public void checkPassword(String user, char[] password) throws BackendUnavailable, AccountRefused {
        try (Connection asked = source.getControlConnection(new AdoptingDataSource.Login(user, password))) {
            LOG.debug("the database took the password of {} on {}", user, asked);
        } catch (SQLException e) {
            if (isWithoutPermit(e)) {
                throw new BackendUnavailable(Kind.TIMEOUT, 0, String.valueOf(e.getMessage()), null);
            }
            AccountRefused refused = AccountRefused.of(e);
            if (refused != null) {
                throw refused;
            }
            boolean denied = "28000".equals(e.getSQLState());
            throw new BackendUnavailable(
                    denied ? Kind.ACCESS_DENIED : Kind.UNREACHABLE,
                    e.getErrorCode(),
                    denied ? "access denied" : "the database could not be asked: " + e.getMessage(),
                    null);
        }
    }

    private static boolean isWithoutPermit(SQLException e) {
        return e instanceof SQLTransientConnectionException
                && e.getErrorCode() == 0
                && !(e instanceof ReadOnlyServer.Refused);
    }

    /** Why a borrow ends without a backend. Any thread. */
    BackendUnavailable whyNone(Duration timeout) {
        if (closed.get()) {
            return new BackendUnavailable(Kind.CLOSED, 0, "the proxy is shutting down", null);
        }
        BackendUnavailable known = source.lastFailure();
        if (known != null) {
            return known;
        }
        return new BackendUnavailable(
                Kind.TIMEOUT,
                0,
                "no backend came free within " + timeout.toMillis() + " ms: pool " + settings.maxConnections()
                        + ", idle " + idle() + ", borrowed " + relaying() + ", connecting " + connecting()
                        + ", closing " + closing() + ", in the driver's hands " + driverOwned() + "; "
                        + connections.counts(),
                null);
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

    /** Where new connections go to. Any thread. */
    public BackendHost host() {
        return source.host();
    }

    /**
     * Has each move to another host told, from and to, on a thread that may block. Connections to the one before are the
     * listener's to {@link #renew}.
     */
    public void onMove(BiConsumer<BackendHost, BackendHost> listener) {
        source.onMove(listener);
    }

    /** How long the database has been out of reach, nanoseconds; 0 while a connection is open or the last attempt succeeded. Any thread. */
    public long outOfReachNanos() {
        return source.outOfReachNanos();
    }

    /** Why the last attempt to connect failed; null if it succeeded. Any thread. */
    public @Nullable BackendUnavailable lastFailure() {
        return source.lastFailure();
    }

    /** Has HikariCP replace every connection: idle ones at once, borrowed ones when they are given back. Any thread. */
    public void renew() {
        connections.renew();
    }

    /** Connections that HikariCP has idle. */
    public int idle() {
        return connections.idle();
    }

    /** Borrowers that wait for HikariCP to give them one. */
    public int waitingForBackend() {
        return connections.awaiting();
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
                borrow.shutDown(null);
            }
        });
        long deadline = System.nanoTime() + settings.closeTimeout().toNanos();
        connections.beginClose();
        source.channels().stream().filter(AdoptedChannel::relaying).forEach(AdoptedChannel::abort);
        try {
            awaitGone(deadline - System.nanoTime());
            source.channels().forEach(AdoptedChannel::reset);
            awaitGone(TimeUnit.SECONDS.toNanos(1));
        } catch (InterruptedException e) {
            source.channels().forEach(AdoptedChannel::reset);
            Thread.currentThread().interrupt();
        }
        connections.endClose();
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
}
