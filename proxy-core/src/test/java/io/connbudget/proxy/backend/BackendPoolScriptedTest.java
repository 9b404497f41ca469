package io.connbudget.proxy.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.backend.BackendUnavailable.Kind;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.ScriptedServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pool against a server that misbehaves. */
@Timeout(60)
class BackendPoolScriptedTest {
    @ParameterizedTest
    @ValueSource(ints = {1040, 1203, 1226})
    void errInPlaceOfAGreetingIsARefusal(int code) throws Exception {
        try (ScriptedServer server = new ScriptedServer(s -> s.err(0, code, "no room"));
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendUnavailable refused = pools.failure();
            assertThat(refused.kind()).isEqualTo(Kind.REFUSED_BY_SERVER);
            assertThat(refused.serverErrorCode()).isEqualTo(code);
        }
    }

    @Test
    void errInAnswerToTheLoginIsARefusal() throws Exception {
        try (ScriptedServer server = new ScriptedServer(s -> {
                    s.greet(ScriptedServer.CAPABILITIES);
                    s.readPacket();
                    s.err(2, 1203, "User root already has more than 'max_user_connections' active connections");
                });
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendUnavailable refused = pools.failure();
            assertThat(refused.kind()).isEqualTo(Kind.REFUSED_BY_SERVER);
            assertThat(refused.serverErrorCode()).isEqualTo(1203);
        }
    }

    /** MySQL's code and MariaDB's. */
    @ParameterizedTest
    @ValueSource(ints = {3118, 4151})
    void aLockedAccountIsNoOutage(int code) throws Exception {
        try (ScriptedServer server = new ScriptedServer(s -> {
                    s.greet(ScriptedServer.CAPABILITIES);
                    s.readPacket();
                    s.err(2, code, "locked");
                });
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            assertThat(pools.failure().kind()).isEqualTo(Kind.ACCESS_DENIED);
        }
    }

    /** Else the budget would fall for an answer that the database has not given. */
    @Test
    void aControlConnectionWithoutAPermitIsNoRefusalOfTheServer() throws Exception {
        try (ScriptedServer server = new ScriptedServer(s -> s.err(0, 1040, "no room"));
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 2)) {
            assertThat(pools.failure().kind()).isEqualTo(Kind.REFUSED_BY_SERVER);
            List<PhysicalPermits.Permit> taken = new ArrayList<>();
            Eventually.await("all are taken", () -> {
                PhysicalPermits.Permit permit = pools.permits.tryAcquireControl();
                return (permit == null || taken.add(permit)) && taken.size() == 2;
            });

            assertThatThrownBy(() -> pools.pool.control(connection -> connection))
                    .isInstanceOfSatisfying(
                            BackendUnavailable.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));

            taken.forEach(PhysicalPermits.Permit::release);
        }
    }

    @Test
    void nobodyListeningIsUnreachable() throws Exception {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        try (Pools pools = new Pools(Pools.scripted(port, 1), 1)) {
            assertThat(pools.failure().kind()).isEqualTo(Kind.UNREACHABLE);
            Eventually.await("permits back", () -> pools.permits.held() == 0);
        }
    }

    @Test
    void serverThatNeverGreetsCostsTheBorrowerItsTimeoutOnly() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(s -> never.await());
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendUnavailable refused = pools.refusal(Duration.ofMillis(300));
            assertThat(refused.kind()).isEqualTo(Kind.TIMEOUT);
            assertThat(refused).hasMessageContaining("connecting 1");
            never.countDown();
        }
    }

    @Test
    void loginThatHangsEndsAtTheConnectTimeout() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        BackendSettings slow = Pools.scripted(1, 1);
        try (ScriptedServer server = new ScriptedServer(s -> {
            s.greet(ScriptedServer.CAPABILITIES);
            never.await();
        })) {
            BackendSettings settings = new BackendSettings(
                    slow.host(),
                    server.port(),
                    slow.user(),
                    slow.password(),
                    slow.sslMode(),
                    null,
                    1,
                    0,
                    Duration.ofMillis(300),
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ofMillis(200));
            try (Pools pools = new Pools(settings, 1)) {
                BackendUnavailable refused = pools.refusal(Duration.ofSeconds(2));
                assertThat(refused.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(refused).hasMessageContaining("timed out");
            }
            never.countDown();
        }
    }

    @Test
    void serverWithoutWhatEveryBackendNeedsIsRefused() throws Exception {
        try (ScriptedServer server = new ScriptedServer(s -> s.greet(ScriptedServer.CAPABILITIES & ~(1 << 24)));
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            assertThat(pools.failure()).hasMessageContaining("lacks the capabilities 0x1000000");
        }
    }

    @Test
    void bytesInClearTextBeforeTlsAreRefused() throws Exception {
        try (ScriptedServer server = new ScriptedServer(s -> {
            byte[] greeting = s.greeting(ScriptedServer.CAPABILITIES | ScriptedServer.SSL);
            byte[] ok = ScriptedServer.Session.okPacket(2);
            byte[] both = new byte[greeting.length + ok.length];
            System.arraycopy(greeting, 0, both, 0, greeting.length);
            System.arraycopy(ok, 0, both, greeting.length, ok.length);
            s.raw(both);
            s.readPacket();
        })) {
            BackendSettings settings =
                    Pools.settings("127.0.0.1", server.port(), "root", "secret", SslMode.REQUIRED, null, 1, 0);
            try (Pools pools = new Pools(settings, 1)) {
                BackendUnavailable refused = pools.failure();
                assertThat(refused.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(refused).hasMessageContaining("11 bytes came unasked");
            }
        }
    }

    @Test
    void anAnswerInClearTextInPlaceOfTlsIsRefused() throws Exception {
        AtomicInteger afterwards = new AtomicInteger();
        try (ScriptedServer server = new ScriptedServer(s -> {
            s.greet(ScriptedServer.CAPABILITIES | ScriptedServer.SSL);
            byte[] request = s.readPacket();
            if (request != null && request.length == 32) {
                s.ok(2);
                // The TLS record that is there already is no login; nothing else may come.
                s.readPacket();
                afterwards.incrementAndGet();
            }
        })) {
            BackendSettings settings =
                    Pools.settings("127.0.0.1", server.port(), "root", "secret", SslMode.PREFERRED, null, 1, 0);
            try (Pools pools = new Pools(settings, 1)) {
                BackendUnavailable refused = pools.failure();
                assertThat(refused.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(refused).hasMessageContaining("TLS");
                Eventually.await("the server's side has ended", () -> afterwards.get() > 0);
                Eventually.await("permits back", () -> pools.permits.held() == 0);
            }
        }
    }

    @Test
    void backendThatTheServerClosedInThePoolIsReplaced() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering();
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendConnection first = pools.borrow();
            pools.pool.giveBack(first);
            Pools.settle(first);
            server.sessions().get(0).close();
            first.channel().closeFuture().await(10, TimeUnit.SECONDS);
            BackendConnection second = pools.borrow();
            assertThat(second.connectionId()).isEqualTo(2);
            pools.pool.giveBack(second);
        }
    }

    @Test
    void lingeringBackendThatSpeaksUnaskedIsDead() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering();
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendConnection c = pools.borrow();
            assertThat(RawQuery.run(c, "DO 0")).hasSize(1);
            c.idle();
            server.sessions().get(0).err(0, 4031, "The client was disconnected by the server because of inactivity.");
            Eventually.await("seen dead", () -> !c.open());
            pools.pool.giveBack(c);
            BackendConnection second = pools.borrow();
            assertThat(second.connectionId()).isEqualTo(2);
            pools.pool.giveBack(second);
        }
    }

    @Test
    void permitIsHeldUntilTheServerHasClosed() throws Exception {
        CountDownLatch finish = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(s -> {
                    s.login();
                    s.serve();
                    finish.await();
                });
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendConnection c = pools.borrow();
            pools.pool.discard(c, "test");
            Eventually.await("closing", () -> pools.pool.closing() == 1);
            // The close timeout is 3 s: until then nobody else gets in.
            assertThat(pools.refusal(Duration.ofMillis(500)).kind()).isEqualTo(Kind.TIMEOUT);
            assertThat(server.accepted()).isEqualTo(1);
            assertThat(pools.permits.held()).isEqualTo(1);
            finish.countDown();
            BackendConnection second = pools.borrow();
            assertThat(server.peak()).isEqualTo(1);
            pools.pool.giveBack(second);
        }
    }

    @Test
    void serverThatNeverClosesIsResetAtTheDeadline() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(s -> {
                    s.login();
                    s.serve();
                    never.await();
                });
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendConnection c = pools.borrow();
            pools.pool.discard(c, "test");
            // The pool makes another in its place as soon as the permit is back.
            Eventually.await("permit back", () -> server.accepted() == 2);
            assertThat(c.channel().isOpen()).isFalse();
            never.countDown();
        }
    }

    /** HikariCP does not look at a connection that was used within the last half second. */
    @Test
    void backendWhoseCloseWasSeenInThePoolIsReplaced() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering();
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            for (int i = 1; i <= 3; i++) {
                BackendConnection c = pools.borrow();
                assertThat(c.connectionId()).isEqualTo(i);
                RawQuery.run(c, "DO 0");
                pools.pool.giveBack(c);
                Eventually.await("given back", () -> pools.pool.idle() == 1);
                server.sessions().get(i - 1).close();
                Eventually.await("permit back", () -> pools.permits.held() == 0);
            }
        }
    }

    /** With nothing to keep idle, HikariCP itself would leave the waiting one to wait. */
    @Test
    void borrowerIsServedWhenTheOnlyBackendIsDiscardedMeanwhile() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering();
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            BackendConnection first = pools.borrow();
            CompletableFuture<BackendConnection> second = pools.ask(Duration.ofSeconds(20));
            Eventually.await("waits", () -> pools.pool.waitingForBackend() == 1);
            // While it times out HikariCP sees that the pool is full and gives up making one for the second.
            pools.refusal(Duration.ofMillis(300));
            pools.pool.discard(first, "test");
            pools.pool.giveBack(second.get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void backendThatComesTooLateGoesBackToThePool() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(s -> {
                    go.await();
                    s.login();
                    s.serve();
                });
                Pools pools = new Pools(Pools.scripted(server.port(), 1), 1)) {
            assertThat(pools.refusal(Duration.ofMillis(100)).kind()).isEqualTo(Kind.TIMEOUT);
            go.countDown();
            BackendConnection c = pools.borrow();
            assertThat(c.connectionId()).isEqualTo(1);
            pools.pool.giveBack(c);
        }
    }

    @Test
    void theServerNeverSeesMoreThanTheLimit() throws Exception {
        int limit = 4;
        try (ScriptedServer server = new ScriptedServer(s -> {
                    s.login();
                    s.serve();
                    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(20_000_000));
                });
                // HikariCP alone would go up to 8 and beyond.
                Pools pools = new Pools(Pools.scripted(server.port(), 8), limit)) {
            ExecutorService threads = Executors.newFixedThreadPool(20);
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 20; t++) {
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 10; i++) {
                        BackendConnection c = pools.borrow(Duration.ofSeconds(25));
                        RawQuery.run(c, "DO 0");
                        if (ThreadLocalRandom.current().nextInt(4) == 0) {
                            pools.pool.discard(c, "stress");
                        } else {
                            pools.pool.giveBack(c);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> f : done) {
                f.get(50, TimeUnit.SECONDS);
            }
            threads.shutdown();
            assertThat(server.peak()).isLessThanOrEqualTo(limit);
            assertThat(server.accepted()).isGreaterThan(limit);
            // Given back on the event loop.
            Eventually.await("none is borrowed", () -> pools.pool.relaying() == 0);
        }
    }
}
