package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.budget.Swarm.Part;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A budget that shrinks below what runs breaks no transaction; one that grows serves the queue at once. */
final class ResizeTest {
    private static final int TRANSACTIONS = 8;

    @OnEveryServer
    void shrinkingBreaksNoTransactionAndGrowingServesTheQueue(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, "{max-connections: 9, queue-timeout: 60s}");
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            database.execute("CREATE TABLE " + database.schema() + ".t (n INT) ENGINE=InnoDB");
            List<Connection> clients = new ArrayList<>();
            try {
                for (int i = 0; i < TRANSACTIONS; i++) {
                    Connection client = proxy.connect("a");
                    clients.add(client);
                    client.setAutoCommit(false);
                    insert(client, i);
                }

                proxy.reload("{max-connections: 3, queue-timeout: 60s}");

                Part busy = swarm.add("b", "127.0.0.1", 20, RunningStatements.marked("busy", "0.01"));
                busy.begin();
                Await.until("they wait", () -> proxy.waiting() == 20);
                for (Connection client : clients) {
                    insert(client, 100);
                    client.commit();
                }
                Await.until("two run, on three connections at most", () -> {
                    RunningStatements.Count count = server.count();
                    return count.of("busy") == 2 && count.connections() <= 3;
                });

                proxy.reload("{max-connections: 9, queue-timeout: 60s}");

                Await.until("eight run", () -> server.count().of("busy") == TRANSACTIONS);
                assertThat(server.count().connections()).isLessThanOrEqualTo(9);
                busy.end();
                assertThat(busy.errors()).isEmpty();
                assertThat(rows(clients.get(0))).isEqualTo(2 * TRANSACTIONS);
            } finally {
                for (Connection client : clients) {
                    client.close();
                }
            }
        }
    }

    private static void insert(Connection client, int n) throws SQLException {
        try (Statement sql = client.createStatement()) {
            sql.execute("INSERT INTO t VALUES (" + n + ")");
        }
    }

    private static int rows(Connection client) throws SQLException {
        try (Statement sql = client.createStatement();
                ResultSet rows = sql.executeQuery("SELECT COUNT(*) FROM t")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
