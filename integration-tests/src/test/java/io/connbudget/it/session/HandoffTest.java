package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** When a client that has the proxy for itself gets another backend, by the modes of {@code handoff}. */
final class HandoffTest {
    private static final int BUDGET = 4;
    private static final int COMMANDS = 20;

    @OnEveryServer
    void eagerGivesAnotherBackendForEachCommand(TestDatabase database) throws Exception {
        List<Long> backends = backends(database, "eager", true);
        for (int i = 1; i < backends.size(); i++) {
            assertThat(backends.get(i)).as("of command %d in %s", i, backends).isNotEqualTo(backends.get(i - 1));
        }
    }

    @OnEveryServer
    void eagerKeepsTheBackendInATransaction(TestDatabase database) throws Exception {
        List<Long> backends = backends(database, "eager", false);
        assertThat(backends).containsOnly(backends.get(0));
    }

    @OnEveryServer
    void sessionKeepsOneBackend(TestDatabase database) throws Exception {
        List<Long> backends = backends(database, "session", true);
        assertThat(backends).containsOnly(backends.get(0));
    }

    /** The server's ids of the connections that a client's commands run on. */
    private static List<Long> backends(TestDatabase database, String handoff, boolean autocommit) throws Exception {
        List<Long> ids = new ArrayList<>();
        try (InProcessProxy proxy = new InProcessProxy(database, handoff, BUDGET).start();
                Connection client = connect(database, proxy.address());
                Statement sql = client.createStatement()) {
            Await.until("the pool is full", () -> database.connectionIds().size() >= BUDGET - 1);
            client.setAutoCommit(autocommit);
            if (!autocommit) {
                sql.execute("START TRANSACTION");
            }
            for (int i = 0; i < COMMANDS; i++) {
                // Where a schema of the server's own is named, the id is the backend's.
                try (ResultSet row = sql.executeQuery("SELECT CONNECTION_ID() FROM information_schema.schemata")) {
                    assertThat(row.next()).isTrue();
                    ids.add(row.getLong(1));
                }
            }
        }
        return ids;
    }

    private static Connection connect(TestDatabase database, InetSocketAddress proxy) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mysql://127.0.0.1:" + proxy.getPort() + "/?sslMode=DISABLED&allowPublicKeyRetrieval=true",
                database.user(),
                database.password());
    }
}
