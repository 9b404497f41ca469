package io.connbudget.proxy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.backend.BackendUnavailable.Kind;
import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.testing.RecordingTap;
import io.connbudget.proxy.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pool against real servers. */
@Timeout(60)
class BackendPoolServerTest {
    private static final int UNIFORM = 0x01000000 // DEPRECATE_EOF
            | 1 << 23 // SESSION_TRACK
            | 1 << 21 // LENENC
            | 1 << 19 // PLUGIN_AUTH
            | 1 << 18 // PS_MULTI_RESULTS
            | 1 << 17 // MULTI_RESULTS
            | 1 << 15 // SECURE_CONNECTION
            | 1 << 13 // TRANSACTIONS
            | 1 << 9 // PROTOCOL_41
            | 1 << 7 // LOCAL_FILES
            | 1 << 2; // LONG_FLAG

    static List<TestServers> servers() {
        return TestServers.all();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void relaysGivesBackAndBorrowsTheSameConnectionAgain(TestServers server) throws Exception {
        for (Transports transport : Transports.values()) {
            try (Pools pools = new Pools(Pools.settings(server, SslMode.DISABLED, 1), 1, transport)) {
                BackendConnection c = pools.borrow();
                assertThat(c.open()).isTrue();
                assertThat(pools.pool.relaying()).isEqualTo(1);
                assertThat(cell(RawQuery.run(c, "SELECT CONNECTION_ID()"))).isEqualTo(Long.toString(c.connectionId()));
                c.eventLoop().submit(() -> c.attachment("mine")).get();
                pools.pool.giveBack(c);
                BackendConnection again = pools.borrow();
                assertThat(again).isSameAs(c);
                assertThat(again.<String>attachment()).isEqualTo("mine");
                assertThat(cell(RawQuery.run(again, "SELECT 42"))).isEqualTo("42");
                pools.pool.giveBack(again);
                pools.pool.giveBack(again);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void negotiatesTheUniformCapabilities(TestServers server) throws Exception {
        try (Pools pools = new Pools(Pools.settings(server, SslMode.DISABLED, 1), 1)) {
            BackendConnection c = pools.borrow();
            // LONG_PASSWORD is the server's: MariaDB says by its absence that it is MariaDB.
            assertThat(c.capabilities() & ~1).isEqualTo(UNIFORM);
            assertThat(c.serverCapabilities() & UNIFORM).isEqualTo(UNIFORM);
            assertThat(c.serverVersion())
                    .contains(server.name().equals("MARIADB") ? "MariaDB" : ".")
                    .isEqualTo(version(c, server));
            // LOCAL_FILES is in force: the server asks for the file.
            RawQuery.run(c, "CREATE TEMPORARY TABLE test.backend_local (a INT)");
            List<byte[]> answer = RawQuery.run(c, "LOAD DATA LOCAL INFILE 'x' INTO TABLE test.backend_local");
            assertThat(answer.get(0)[0] & 0xff).isEqualTo(0xfb);
            pools.pool.discard(c, "file not sent");
        }
    }

    private static String version(BackendConnection c, TestServers server) throws Exception {
        String reported = cell(RawQuery.run(c, "SELECT VERSION()"));
        return server.name().equals("MARIADB") && c.serverVersion().startsWith("5.5.5-")
                ? "5.5.5-" + reported
                : reported;
    }

    @ParameterizedTest
    @MethodSource("servers")
    void sendsNoStatementOfItsOwn(TestServers server) throws Exception {
        try (RecordingTap tap = new RecordingTap(server.host(), server.port())) {
            BackendSettings settings = Pools.settings(
                    "127.0.0.1", tap.port(), server.user(), server.password(), SslMode.DISABLED, null, 3, 0);
            List<BackendConnection> borrowed = new ArrayList<>();
            try (Pools pools = new Pools(settings, 3)) {
                for (int round = 0; round < 3; round++) {
                    for (int i = 0; i < 3; i++) {
                        borrowed.add(pools.borrow());
                    }
                    borrowed.forEach(pools.pool::giveBack);
                    for (BackendConnection c : borrowed) {
                        Pools.settle(c);
                    }
                    borrowed.clear();
                }
                assertThat(tap.commands()).hasSize(3);
            }
            // HikariCP pings the first connection once, to see that it can.
            assertThat(tap.commands()).allSatisfy(c -> assertThat(c).isSubsetOf(0x0e, 0x01));
            assertThat(tap.commands()).allSatisfy(c -> assertThat(c).endsWith(0x01));
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void speaksTlsInEachMode(TestServers server) throws Exception {
        boolean hasTls = server.ca() != null;
        for (SslMode mode : SslMode.values()) {
            try (Pools pools = new Pools(Pools.settings(server, mode, 1), 1)) {
                if (!hasTls && mode.required()) {
                    assertThat(pools.failure().kind()).isEqualTo(Kind.UNREACHABLE);
                } else if (mode == SslMode.VERIFY_IDENTITY) {
                    // The server's own certificate names no host.
                    BackendUnavailable refused = pools.failure();
                    assertThat(refused.kind()).isEqualTo(Kind.UNREACHABLE);
                    assertThat(refused).hasMessageContaining("subject alternative");
                } else {
                    BackendConnection c = pools.borrow();
                    String cipher = cell2(RawQuery.run(c, "SHOW SESSION STATUS LIKE 'Ssl_cipher'"));
                    assertThat(cipher.isEmpty())
                            .as("%s %s", server, mode)
                            .isEqualTo(!hasTls || mode == SslMode.DISABLED);
                    pools.pool.giveBack(c);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void classifiesAWrongPassword(TestServers server) throws Exception {
        BackendSettings settings = Pools.settings(
                server.host(), server.port(), "nobody_backend", "wrong-secret", SslMode.DISABLED, null, 1, 0);
        try (Pools pools = new Pools(settings, 1)) {
            BackendUnavailable refused = pools.failure();
            assertThat(refused.kind()).isEqualTo(Kind.ACCESS_DENIED);
            assertThat(refused.serverErrorCode()).isEqualTo(1045);
            assertThat(refused.getMessage()).doesNotContain("wrong-secret");
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void replacesABackendThatWasKilledInThePool(TestServers server) throws Exception {
        try (Pools pools = new Pools(Pools.settings(server, SslMode.DISABLED, 2), 2)) {
            BackendConnection victim = pools.borrow();
            BackendConnection killer = pools.borrow();
            long id = victim.connectionId();
            pools.pool.giveBack(victim);
            Pools.settle(victim);
            RawQuery.run(killer, "KILL " + id);
            victim.channel().closeFuture().await(10, TimeUnit.SECONDS);
            BackendConnection fresh = pools.borrow();
            assertThat(fresh.connectionId()).isNotEqualTo(id);
            assertThat(cell(RawQuery.run(fresh, "SELECT 1"))).isEqualTo("1");
            pools.pool.giveBack(fresh);
            pools.pool.giveBack(killer);
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void tellsTheSinkWhenALeasedBackendIsKilled(TestServers server) throws Exception {
        try (Pools pools = new Pools(Pools.settings(server, SslMode.DISABLED, 2), 2)) {
            BackendConnection victim = pools.borrow();
            BackendConnection killer = pools.borrow();
            var response = RawQuery.send(victim, RawQuery.command(3, "SELECT SLEEP(20)"));
            RawQuery.run(killer, "KILL " + victim.connectionId());
            assertThat(response.handle((r, e) -> e == null ? "answer" : e.getMessage())
                            .get(10, TimeUnit.SECONDS))
                    .isIn("backend closed", "answer");
            victim.channel().closeFuture().await(10, TimeUnit.SECONDS);
            assertThat(victim.open()).isFalse();
            pools.pool.giveBack(victim);
            pools.pool.giveBack(killer);
        }
    }

    /** The server itself counts: one connection too many, and it refuses the account with 1226 or 1203. */
    @ParameterizedTest
    @MethodSource("servers")
    void theServerNeverCountsMoreThanTheLimit(TestServers server) throws Exception {
        int limit = 4;
        try (Pools admin = new Pools(Pools.settings(server, SslMode.DISABLED, 1), 1)) {
            BackendConnection a = admin.borrow();
            for (String host : List.of("%", "localhost")) {
                String account = "'backend_limit'@'" + host + "'";
                RawQuery.run(a, "DROP USER IF EXISTS " + account);
                RawQuery.run(a, "CREATE USER " + account + " IDENTIFIED BY 'pw' WITH MAX_USER_CONNECTIONS " + limit);
            }
            BackendSettings settings = Pools.settings(
                    server.host(), server.port(), "backend_limit", "pw", SslMode.PREFERRED, null, 2 * limit, 0);
            try (Pools pools = new Pools(settings, limit)) {
                ExecutorService threads = Executors.newFixedThreadPool(20);
                List<Future<?>> done = new ArrayList<>();
                for (int t = 0; t < 20; t++) {
                    done.add(threads.submit(() -> {
                        for (int i = 0; i < 10; i++) {
                            BackendConnection c = pools.borrow(Duration.ofSeconds(25));
                            RawQuery.run(c, "DO 0");
                            if (ThreadLocalRandom.current().nextBoolean()) {
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
                assertThat(pools.pool.connectFailures(Kind.REFUSED_BY_SERVER)).isZero();
            } finally {
                for (String host : List.of("%", "localhost")) {
                    RawQuery.run(a, "DROP USER 'backend_limit'@'" + host + "'");
                }
                admin.pool.giveBack(a);
            }
        }
    }

    @Test
    void refusesToBorrowWhenClosed() throws Exception {
        TestServers server = TestServers.all().get(0);
        Pools pools = new Pools(Pools.settings(server, SslMode.DISABLED, 1), 1);
        BackendConnection leased = pools.borrow();
        pools.close();
        assertThat(leased.open()).isFalse();
        assertThat(pools.permits.held()).isZero();
        assertThat(pools.refusal(Duration.ofSeconds(1)).kind()).isEqualTo(Kind.CLOSED);
    }

    static String cell(List<byte[]> packets) {
        byte[] row = packets.get(2);
        return new String(row, 1, row[0], StandardCharsets.UTF_8);
    }

    /** The second column of a row whose first is short. */
    static String cell2(List<byte[]> packets) {
        if (packets.size() < 5) {
            return "";
        }
        byte[] row = packets.get(3);
        int at = 1 + row[0];
        return new String(row, at + 1, row[at], StandardCharsets.UTF_8);
    }
}
