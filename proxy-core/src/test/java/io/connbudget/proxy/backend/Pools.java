package io.connbudget.proxy.backend;

import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.testing.TestServers;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A pool with its event loops, and borrowing as a blocking call. */
final class Pools implements AutoCloseable {
    final EventLoopGroup group;
    final PhysicalPermits permits;
    final BackendPool pool;

    Pools(BackendSettings settings, int limit) {
        this(settings, limit, Transports.best());
    }

    Pools(BackendSettings settings, int limit, Transports transport) {
        group = transport.newGroup(2, "test");
        permits = new PhysicalPermits(limit);
        pool = new BackendPool(settings, group, transport.socketChannel(), permits, null);
    }

    static BackendSettings settings(TestServers s, SslMode mode, int size) {
        return settings(
                s.host(), s.port(), s.user(), s.password(), mode, mode.verifiesCa() ? s.ca() : null, size, size);
    }

    static BackendSettings scripted(int port, int size) {
        return settings("127.0.0.1", port, "root", "secret", SslMode.DISABLED, null, size, 0);
    }

    static BackendSettings settings(
            String host, int port, String user, String password, SslMode mode, Path ca, int size, int minIdle) {
        return new BackendSettings(
                host,
                port,
                user,
                PasswordSource.of(password),
                mode,
                ca,
                size,
                minIdle,
                Duration.ofSeconds(5),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(3));
    }

    BackendConnection borrow() throws Exception {
        return borrow(Duration.ofSeconds(10));
    }

    BackendConnection borrow(Duration timeout) throws Exception {
        return ask(timeout).get(30, TimeUnit.SECONDS);
    }

    /** Asks for a backend and does not wait for it. */
    CompletableFuture<BackendConnection> ask(Duration timeout) {
        CompletableFuture<BackendConnection> result = new CompletableFuture<>();
        pool.borrow(timeout, new BorrowCallback() {
            @Override
            public void borrowed(BackendConnection connection) {
                result.complete(connection);
            }

            @Override
            public void failed(BackendUnavailable reason) {
                result.completeExceptionally(reason);
            }
        });
        return result;
    }

    BackendUnavailable refusal(Duration timeout) throws Exception {
        try {
            BackendConnection c = borrow(timeout);
            throw new AssertionError("borrowed " + c);
        } catch (ExecutionException e) {
            return (BackendUnavailable) e.getCause();
        }
    }

    /** Why no connection can be made; asks again while the first attempt has not come to an end in time. */
    BackendUnavailable failure() throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        BackendUnavailable refused;
        do {
            refused = refusal(Duration.ofMillis(500));
        } while (refused.kind() == BackendUnavailable.Kind.TIMEOUT && System.nanoTime() < deadline);
        return refused;
    }

    /** Runs on the backend's loop and waits: what was asked before is then done. */
    static void settle(BackendConnection c) throws Exception {
        c.eventLoop().submit(() -> {}).get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        pool.close();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }
}
