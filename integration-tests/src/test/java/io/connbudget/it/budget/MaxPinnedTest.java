package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.budget.Swarm.Part;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Sessions that keep a backend above max-pinned give way to waiters, the oldest first; without waiters none does. */
final class MaxPinnedTest {
    private static final int LEASABLE = 4;

    private static final String BUDGET = """
            max-connections: 5
            queue-timeout: 60s
            classes: {keeper: {max-pinned: 1}}
            rules: [{class: keeper, user: a}]
            """;

    @OnEveryServer
    void pinnedSessionsAboveTheLimitGiveWayToWaiters(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET);
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            List<Connection> pinned = new ArrayList<>();
            try {
                for (int i = 0; i < LEASABLE; i++) {
                    Connection client = proxy.connect("a");
                    pinned.add(client);
                    execute(client, "CREATE TEMPORARY TABLE kept (n INT)");
                }
                assertThat(proxy.metric("connbudget_reclaims_total")).isZero();
                Part busy = swarm.add("b", "127.0.0.1", 20, RunningStatements.marked("busy", "0.01"));
                busy.begin();
                Await.until("others run on all but one", () -> server.count().of("busy") == LEASABLE - 1);
                busy.end();

                assertThat(proxy.metric("connbudget_reclaims_total")).isEqualTo(LEASABLE - 1);
                assertThat(busy.errors()).isEmpty();
                Connection last = pinned.get(LEASABLE - 1);
                execute(last, "INSERT INTO kept VALUES (1)");
                for (Connection client : pinned.subList(0, LEASABLE - 1)) {
                    assertThatThrownBy(() -> execute(client, "INSERT INTO kept VALUES (1)"))
                            .isInstanceOfSatisfying(
                                    SQLException.class,
                                    e -> assertThat(e.getErrorCode()).isEqualTo(1226))
                            .hasMessageContaining("above max-pinned of 1")
                            .hasMessageContaining("class 'keeper'");
                    execute(client, "DO 1");
                }
            } finally {
                for (Connection client : pinned) {
                    client.close();
                }
            }
        }
    }

    private static void execute(Connection client, String statement) throws SQLException {
        try (Statement sql = client.createStatement()) {
            sql.execute(statement);
        }
    }
}
