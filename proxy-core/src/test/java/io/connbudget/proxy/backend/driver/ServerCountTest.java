package io.connbudget.proxy.backend.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.BackendUnavailable.Kind;
import io.connbudget.proxy.backend.PasswordSource;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.SslMode;
import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.testing.TestServers;
import io.netty.channel.EventLoopGroup;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The permit against the server's own count, without HikariCP's pauses: the server refuses one connection too many with 1226 or 1203. */
@Timeout(60)
class ServerCountTest {
    private static final int LIMIT = 4;

    static List<TestServers> servers() {
        return TestServers.all();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void openingAndClosingNeverExceedsTheLimit(TestServers server) throws Exception {
        EventLoopGroup group = Transports.best().newGroup(2, "test");
        PhysicalPermits adminPermits = new PhysicalPermits(1);
        PhysicalPermits permits = new PhysicalPermits(LIMIT);
        try (Connection admin = source(server, server.user(), server.password(), group, adminPermits)
                        .getConnection();
                Statement statement = admin.createStatement()) {
            for (String host : List.of("%", "localhost")) {
                statement.execute("DROP USER IF EXISTS 'backend_count'@'" + host + "'");
                statement.execute("CREATE USER 'backend_count'@'" + host
                        + "' IDENTIFIED BY 'pw' WITH MAX_USER_CONNECTIONS " + LIMIT);
            }
            AdoptingDataSource source = source(server, "backend_count", "pw", group, permits);
            ExecutorService threads = Executors.newFixedThreadPool(2 * LIMIT);
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 2 * LIMIT; t++) {
                boolean polite = t % 2 == 0;
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 40; i++) {
                        try {
                            Connection c = source.getConnection();
                            if (polite) {
                                c.close();
                            } else {
                                source.channelOf(c).close();
                            }
                        } catch (SQLException e) {
                            // Counted by the source.
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> f : done) {
                f.get(50, TimeUnit.SECONDS);
            }
            threads.shutdown();
            assertThat(permits.awaitNoneHeld(Duration.ofSeconds(10))).isTrue();
            assertThat(source.failures(Kind.REFUSED_BY_SERVER)).isZero();
            assertThat(source.lastFailure()).isNull();
            for (String host : List.of("%", "localhost")) {
                statement.execute("DROP USER 'backend_count'@'" + host + "'");
            }
        }
        assertThat(adminPermits.awaitNoneHeld(Duration.ofSeconds(10))).isTrue();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }

    private static AdoptingDataSource source(
            TestServers server, String user, String password, EventLoopGroup group, PhysicalPermits permits) {
        BackendSettings settings = new BackendSettings(
                server.host(),
                server.port(),
                user,
                PasswordSource.of(password),
                SslMode.DISABLED,
                null,
                LIMIT,
                0,
                Duration.ofSeconds(10),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(3));
        return new AdoptingDataSource(settings, group, Transports.best().socketChannel(), permits);
    }
}
