package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/** A pin says why it is there, since when, and which statement brought it: to the metric, the log and the console, without literals. */
final class PinExplanationTest {
    private static final String SECRET = "kept-to-itself";

    @OnEveryServer
    void aPinExplainsItselfUntilItEnds(TestDatabase database) throws Exception {
        ProxyProcess.Settings settings = PinLog.with(new ProxyProcess.Settings())
                .set("CONNBUDGET_CONSOLE", "127.0.0.1:0")
                .set("CONNBUDGET_ADMIN_USERS_0_NAME", "op")
                .set("CONNBUDGET_ADMIN_USERS_0_PASSWORD", "secret")
                .set("CONNBUDGET_ADMIN_USERS_0_ROLE", "operator");
        try (ProxyProcess proxy = ProxyProcess.start(database, 4, settings);
                Connection client = proxy.target().connect();
                Statement sql = client.createStatement();
                Connection operator = DriverManager.getConnection(
                        "jdbc:mysql://127.0.0.1:" + proxy.consolePort() + "/", "op", "secret");
                Statement console = operator.createStatement()) {
            sql.execute("SELECT GET_LOCK('" + SECRET + "', 0)");
            sql.execute("CREATE TEMPORARY TABLE tmp AS SELECT '" + SECRET + "' AS s");
            sql.execute("SELECT '" + SECRET + "', s FROM tmp");

            // Each session counts once, by the first of its reasons.
            Await.until("the metric has the pin", () -> pinned(proxy, "named_lock") == 1);
            assertThat(pinned(proxy, "temporary_table")).isZero();
            try (ResultSet pins = console.executeQuery("SHOW PINS")) {
                assertThat(pins.next()).isTrue();
                assertThat(pins.getString("reasons")).isEqualTo("named_lock,temporary_table");
                assertThat(pins.getString("pinned_by"))
                        .isEqualTo("SELECT GET_LOCK(?, ...); CREATE TEMPORARY TABLE tmp AS SELECT ? AS s");
                assertThat(pins.getString("digest")).isEqualTo("SELECT ?, s FROM tmp");
                assertThat(pins.getLong("pinned_ms")).isNotNegative();
                assertThat(pins.next()).as("another pin").isFalse();
            }
            assertThat(new PinLog(proxy).take())
                    .containsExactly(
                            new PinLog.Pin(Set.of("NAMED_LOCK"), "SELECT GET_LOCK(?, ...)"),
                            new PinLog.Pin(
                                    Set.of("NAMED_LOCK", "TEMPORARY_TABLE"),
                                    "CREATE TEMPORARY TABLE tmp AS SELECT ? AS s"));
            assertThat(proxy.log()).noneMatch(line -> line.contains(SECRET));
            assertThat(proxy.get("/metrics")).doesNotContain(SECRET);

            sql.execute("DROP TEMPORARY TABLE tmp");
            sql.execute("SELECT 1");
            try (ResultSet pins = console.executeQuery("SHOW PINS")) {
                assertThat(pins.next()).isTrue();
                assertThat(pins.getString("reasons")).isEqualTo("named_lock");
                assertThat(pins.getString("pinned_by")).isEqualTo("SELECT GET_LOCK(?, ...)");
            }
            sql.execute("SELECT RELEASE_LOCK('" + SECRET + "')");
            Await.until("nothing pins", () -> none(console));
            assertThat(pinned(proxy, "named_lock") + pinned(proxy, "temporary_table"))
                    .isZero();
        }
    }

    private static boolean none(Statement console) throws SQLException {
        try (ResultSet pins = console.executeQuery("SHOW PINS")) {
            return !pins.next();
        }
    }

    private static double pinned(ProxyProcess proxy, String reason) throws Exception {
        return proxy.get("/metrics")
                .lines()
                .filter(line ->
                        line.startsWith("connbudget_sessions_pinned{") && line.contains("reason=\"" + reason + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
