package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** Idle transactions that hold the whole budget give way to those who wait, and what they did is rolled back. */
final class IdleTransactionTest {
    private static final int LEASABLE = 4;

    @OnEveryServer
    void idleTransactionsGiveWayToWaiters(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, """
                        max-connections: 5
                        queue-timeout: 60s
                        classes: {lazy: {idle-in-transaction-timeout: 200ms}}
                        rules: [{class: lazy}]
                        """);
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            database.execute("CREATE TABLE " + database.schema() + ".t (n INT) ENGINE=InnoDB");
            List<Connection> idle = new ArrayList<>();
            try {
                for (int i = 0; i < LEASABLE; i++) {
                    Connection client = proxy.connect("a");
                    idle.add(client);
                    client.setAutoCommit(false);
                    try (Statement sql = client.createStatement()) {
                        sql.execute("INSERT INTO t VALUES (" + i + ")");
                    }
                }
                Part busy = swarm.add("b", "127.0.0.1", 20, RunningStatements.marked("busy", "0.01"));
                busy.begin();
                Await.until("others run on every backend", () -> server.count().of("busy") == LEASABLE);
                busy.end();

                assertThat(proxy.metric("connbudget_reclaims_total")).isEqualTo(LEASABLE);
                assertThat(busy.errors()).isEmpty();
                for (Connection client : idle) {
                    try (Statement sql = client.createStatement()) {
                        assertThatThrownBy(() -> sql.execute("INSERT INTO t VALUES (9)"))
                                .isInstanceOfSatisfying(SQLException.class, e -> {
                                    assertThat(e.getErrorCode()).isEqualTo(1226);
                                    assertThat(e.getSQLState()).isEqualTo("42000");
                                })
                                .hasMessageContaining("above idle-in-transaction-timeout of 200 ms in class 'lazy'");
                        try (ResultSet rows = sql.executeQuery("SELECT COUNT(*) FROM t")) {
                            rows.next();
                            assertThat(rows.getInt(1))
                                    .as("rows that were not rolled back")
                                    .isZero();
                        }
                        client.commit();
                    }
                }
            } finally {
                for (Connection client : idle) {
                    client.close();
                }
            }
        }
    }
}
