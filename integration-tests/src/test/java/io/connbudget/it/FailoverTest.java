package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A list of databases: another takes the place of one that is away, and of one that has become read-only. */
@Tag("long")
final class FailoverTest {
    private static final int BUDGET = 4;
    private static final String NAME = "it_failover";

    @Test
    void clientsWaitUntilAnotherDatabaseHasTakenOver() throws Exception {
        try (EmbeddedMariaDb first = EmbeddedMariaDb.start(50, List.of());
                EmbeddedMariaDb second = EmbeddedMariaDb.start(50, List.of());
                TestDatabase database = TestDatabase.named(DatabaseServers.of(first), NAME, "secret");
                TestDatabase other = TestDatabase.named(DatabaseServers.of(second), NAME, "secret")) {
            ProxyProcess.Settings settings = new ProxyProcess.Settings()
                    .set("CONNBUDGET_BACKEND_FAILOVER", "127.0.0.1:" + second.port())
                    .set("CONNBUDGET_BACKEND_READ_ONLY", "refuse")
                    .set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "30s");
            try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET, settings);
                    Connection idle = proxy.target().connect();
                    Connection inTransaction = proxy.target().connect()) {
                assertThat(port(idle)).isEqualTo(first.port());
                run(inTransaction, "BEGIN");
                assertThat(port(inTransaction)).isEqualTo(first.port());

                first.stop();

                assertThat(port(idle)).isEqualTo(second.port());
                SQLException lost = catchThrowableOfType(SQLException.class, () -> port(inTransaction));
                assertThat(lost.getErrorCode()).isEqualTo(2013);
                assertThat(port(inTransaction)).isEqualTo(second.port());
                assertThat(proxy.get("/api/pools")).contains("\"database\":\"127.0.0.1:" + second.port() + "\"");
                proxy.awaitLogged("event=failover");

                // One that is back is no reason to leave the one that serves.
                first.startAgain();
                assertThat(port(idle)).isEqualTo(second.port());

                other.execute("SET GLOBAL read_only = 1");
                Await.until("the database that takes writes", () -> port(idle) == first.port());
                run(idle, "CREATE TABLE written (n INT)");
                Await.until(
                        "nobody works on the other one",
                        () -> other.connectionIds().isEmpty());
                assertThat(database.connectionIds()).hasSizeBetween(1, BUDGET);
            }
        }
    }

    private static void run(Connection client, String statement) throws SQLException {
        try (Statement sql = client.createStatement()) {
            sql.execute(statement);
        }
    }

    private static int port(Connection client) throws SQLException {
        try (Statement sql = client.createStatement();
                ResultSet row = sql.executeQuery("SELECT @@port")) {
            row.next();
            return row.getInt(1);
        }
    }
}
