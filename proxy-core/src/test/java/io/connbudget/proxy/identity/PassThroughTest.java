package io.connbudget.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Accounts that the configuration does not have log in with their password of the database. */
class PassThroughTest {
    private static final String PREFIX = "wt_identity_pass";

    static List<TestServers> servers() {
        return TestServers.all();
    }

    private static String url(LiveProxy proxy, boolean keyRetrieval) {
        return "jdbc:mysql://127.0.0.1:" + proxy.port() + "/?sslMode=DISABLED&allowPublicKeyRetrieval=" + keyRetrieval;
    }

    private static String user(Connection connection) throws SQLException {
        try (Statement sql = connection.createStatement();
                ResultSet row = sql.executeQuery("SELECT CURRENT_USER()")) {
            row.next();
            return row.getString(1);
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void theDatabaseVerifiesOnceAndTheHashFromThenOn(TestServers server) throws Exception {
        try (TestAccounts accounts = new TestAccounts(server, PREFIX, 2);
                LiveProxy proxy = new LiveProxy(
                        accounts.asPool(),
                        2,
                        new Options()
                                .passThrough(Duration.ofMinutes(5))
                                .accounts(AccountConfig.of(accounts.name(1), Secret.of(accounts.password(1)))))) {
            String first = accounts.name(0);
            assertThatThrownBy(() -> DriverManager.getConnection(url(proxy, false), first, accounts.password(0)))
                    .as("the fast path is not open yet, and the driver may not ask for the key")
                    .isInstanceOf(SQLException.class);
            assertDenied(proxy, first, "wrong");
            assertDenied(proxy, "nobody at all", "wrong");
            try (Connection connection =
                    DriverManager.getConnection(url(proxy, true), first, accounts.password(0))) {
                assertThat(user(connection)).startsWith(first + "@");
                try (Connection fast = DriverManager.getConnection(url(proxy, false), first, accounts.password(0))) {
                    assertThat(user(fast)).startsWith(first + "@");
                }
                assertDenied(proxy, first, "wrong");
                // Beside one that is configured, on the same backends.
                try (RawClient other =
                        RawClient.login(proxy.port(), accounts.name(1), accounts.password(1), null)) {
                    assertThat(other.query("SELECT CURRENT_USER()").value()).startsWith(accounts.name(1) + "@");
                    assertThat(user(connection)).startsWith(first + "@");
                    int error = other.query("SELECT * FROM " + accounts.table(0)).error();
                    assertThat(error).isEqualTo(1142);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void whatIsOverIsForgottenButNotUnderAnOpenSession(TestServers server) throws Exception {
        try (TestAccounts accounts = new TestAccounts(server, PREFIX, 1);
                LiveProxy proxy =
                        new LiveProxy(accounts.asPool(), 2, new Options().passThrough(Duration.ofSeconds(1)))) {
            PassThrough passed = proxy.identity.passThrough();
            try (Connection connection =
                    DriverManager.getConnection(url(proxy, true), accounts.name(0), accounts.password(0))) {
                Eventually.await("the hash is over", () -> {
                    try {
                        DriverManager.getConnection(url(proxy, false), accounts.name(0), accounts.password(0))
                                .close();
                        return false;
                    } catch (SQLException e) {
                        return true;
                    }
                });
                passed.sweep(System.nanoTime());
                assertThat(passed.size()).isEqualTo(1);
                assertThat(user(connection)).startsWith(accounts.name(0) + "@");
            }
            Eventually.await("it is forgotten with its last session", () -> passed.size() == 0);
            assertThatThrownBy(() -> proxy.identity.backendLogins().of(accounts.name(0)))
                    .isInstanceOf(IllegalStateException.class);
            DriverManager.getConnection(url(proxy, true), accounts.name(0), accounts.password(0))
                    .close();
        }
    }

    private static void assertDenied(LiveProxy proxy, String user, String password) {
        assertThatThrownBy(() -> DriverManager.getConnection(url(proxy, true), user, password))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("Access denied for user '" + user + "'");
    }
}
