package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.MockDatabase.Trap;
import io.connbudget.proxy.testing.RawClient;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Client and backend on two event loops, one of which stands still: what is between them stays bounded, and in order. */
@Timeout(60)
class StalledLoopTest {
    private static final int MIB = 1 << 20;

    private static Lease lease(LiveProxy proxy, RawClient client) throws IOException {
        return proxy.clients.get(client.greeting().connectionId()).lease();
    }

    /** A client in a transaction whose event loop is not its backend's. */
    private static RawClient apart(LiveProxy proxy) throws Exception {
        for (int i = 0; i < 10; i++) {
            RawClient client = proxy.client();
            assertThat(client.query("BEGIN").error()).isZero();
            Lease lease = lease(proxy, client);
            if (lease.eventLoop() != lease.backend().connection.eventLoop()) {
                return client;
            }
            assertThat(client.query("COMMIT").error()).isZero();
            client.close();
        }
        throw new AssertionError("clients and backend are all on one event loop");
    }

    /** Holds the loop up until the latch is counted down. */
    private static CountDownLatch stall(EventLoop loop) throws InterruptedException {
        CountDownLatch stalled = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        loop.execute(() -> {
            stalled.countDown();
            try {
                // Bounded, so that a test that fails ends.
                assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        stalled.await();
        return goOn;
    }

    @Test
    void aBackendIsNotReadWhileItsClientsLoopDoesNotKeepUp() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(2));
                RawClient client = apart(proxy)) {
            Lease lease = lease(proxy, client);
            BackendConnection backend = lease.backend().connection;
            database.trap("SELECT ROWS", Trap.HANG);
            client.sendQuery("SELECT ROWS");
            Eventually.await("the statement is at the database", () -> database.sprung() == 1);

            CountDownLatch goOn = stall(lease.eventLoop());
            database.release();
            Eventually.await(
                    "the backend is held up", () -> !backend.channel().config().isAutoRead());
            goOn.countDown();

            // The column count, its definition, the rows and their end.
            assertThat(client.answer().packets()).hasSize(2 + 20_000 + 1);
            assertThat(client.query("COMMIT").error()).isZero();
            client.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void aClientIsNotReadWhileItsBackendsLoopDoesNotKeepUp() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(2));
                RawClient client = apart(proxy)) {
            Lease lease = lease(proxy, client);
            BackendConnection backend = lease.backend().connection;
            byte[] large = RawClient.command(3, "SELECT 8 /*" + "x".repeat(15 * MIB) + "*/");

            CountDownLatch goOn = stall(backend.eventLoop());
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                try {
                    client.raw(large);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            Eventually.await("the backend is full", () -> !backend.channel().isWritable());
            for (int i = 0; i < 2000; i++) {
                // Each turn of the loop reads what it may.
                lease.eventLoop().submit(() -> {}).get(10, TimeUnit.SECONDS);
            }
            assertThat(backend.channel().unsafe().outboundBuffer().totalPendingWriteBytes())
                    .as("bytes that wait for the backend's loop")
                    .isLessThan(2L * MIB);
            goOn.countDown();

            sent.get(30, TimeUnit.SECONDS);
            assertThat(client.answer().value()).isEqualTo("8");
            assertThat(client.query("COMMIT").error()).isZero();
            client.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void bytesBehindAResetWhoseAnswerIsOnItsWayCostTheBackend() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(2));
                RawClient client = apart(proxy)) {
            Lease lease = lease(proxy, client);
            BackendConnection backend = lease.backend().connection;
            database.trap("RESET_CONNECTION", Trap.HANG);
            assertThat(client.command(0x1f).error()).isZero();
            Eventually.await("the backend is asked to reset", () -> database.sprung() == 1);

            CountDownLatch goOn = stall(lease.eventLoop());
            database.release();
            int before = database.server().accepted();
            // Its thread has answered when it reads the next command; what comes then is nobody's.
            Eventually.await("the reset was answered", () -> database.answered() == 1);
            database.server().sessions().get(before - 1).ok(1);
            for (int i = 0; i < 3; i++) {
                backend.eventLoop().submit(() -> {}).get(10, TimeUnit.SECONDS);
            }
            goOn.countDown();

            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
            assertThat(database.server().accepted()).isEqualTo(before + 1);
            client.close();
            proxy.awaitWhole();
        }
    }
}
