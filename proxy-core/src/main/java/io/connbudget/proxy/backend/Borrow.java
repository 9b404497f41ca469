package io.connbudget.proxy.backend;

import io.connbudget.proxy.backend.BackendUnavailable.Kind;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request for a backend. It ends once: whoever wins {@link #ended} (a backend, a failure, the timer) tells the callback; a
 * backend that comes after the timer goes straight back to HikariCP.
 *
 * <p>Waits for HikariCP on a {@code backend-borrow} thread, hands over on the backend's event loop, and expires on another one.
 */
final class Borrow implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Borrow.class);

    /**
     * HikariCP looks whether it should connect when somebody comes to wait, not while somebody waits: in a pool that has
     * grown meanwhile, or whose server has refused a connection, nobody would connect before its next housekeeping.
     */
    private static final long LOOK_MILLIS = 500;

    private final BackendPool pool;
    private final HikariConnections connections;
    private final Executor borrowers;
    private final long deadlineNanos;
    private final Duration timeout;
    private final BorrowCallback callback;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable ScheduledFuture<?> timer;

    /**
     * A request that {@link #start} makes.
     *
     * @param borrowers threads that may block
     */
    Borrow(
            BackendPool pool,
            HikariConnections connections,
            Executor borrowers,
            Duration timeout,
            BorrowCallback callback) {
        this.pool = pool;
        this.connections = connections;
        this.borrowers = borrowers;
        this.deadlineNanos = System.nanoTime() + timeout.toNanos();
        this.timeout = timeout;
        this.callback = callback;
    }

    /** Sets the timer and queues for a thread; returns at once. */
    void start(EventLoop loop) {
        try {
            timer = loop.schedule(this::expire, timeout.toNanos(), TimeUnit.NANOSECONDS);
            borrowers.execute(this);
        } catch (RejectedExecutionException e) {
            shutDown(e);
        }
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
            proxy = connections.take(Math.min(millis, LOOK_MILLIS));
        } catch (SQLException e) {
            again();
            return;
        }
        try {
            BackendConnection connection = pool.connectionOf(proxy);
            connection.eventLoop().execute(() -> hand(connection, proxy));
        } catch (SQLException e) {
            // The server closed it while it was idle. HikariCP would count it as in use for ever.
            connections.replace(proxy);
            again();
        } catch (RejectedExecutionException e) {
            shutDown(e);
        }
    }

    /** On the backend's event loop. */
    private void hand(BackendConnection connection, Connection proxy) {
        if (!connection.begin(proxy)) {
            // HikariCP does not look at a connection that was used within the last half second.
            pool.evict(connection, proxy, "dead in the pool");
            again();
        } else if (!ended.compareAndSet(false, true)) {
            pool.giveBack(connection);
        } else {
            stopTimer();
            try {
                callback.borrowed(connection);
            } catch (RuntimeException e) {
                LOG.warn("borrower failed, backend discarded", e);
                pool.discard(connection, "borrower failed");
            }
        }
    }

    private void again() {
        try {
            borrowers.execute(this);
        } catch (RejectedExecutionException e) {
            shutDown(e);
        }
    }

    private void expire() {
        fail(pool.whyNone(timeout));
    }

    /** The pool is closed: no backend comes any more. Any thread. */
    void shutDown(@Nullable Throwable cause) {
        fail(new BackendUnavailable(Kind.CLOSED, 0, "the proxy is shutting down", cause));
    }

    private void fail(BackendUnavailable reason) {
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
