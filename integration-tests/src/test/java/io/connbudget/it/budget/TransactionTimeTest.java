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
import java.util.concurrent.CompletableFuture;

/** A transaction above max-transaction-time gives way to waiters; a statement of it that runs is interrupted first. */
final class TransactionTimeTest {
    private static final String BUDGET = """
            max-connections: 2
            queue-timeout: 60s
            classes: {long: {max-transaction-time: 300ms}}
            rules: [{class: long, user: a}]
            """;

    @OnEveryServer
    void longTransactionsGiveWayToWaiters(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET);
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port());
                Connection client = proxy.connect("a");
                Statement sql = client.createStatement()) {
            database.execute("CREATE TABLE " + database.schema() + ".t (n INT) ENGINE=InnoDB");
            client.setAutoCommit(false);
            sql.execute("INSERT INTO t VALUES (1)");
            CompletableFuture<String> running = CompletableFuture.supplyAsync(() -> {
                try {
                    sql.execute(RunningStatements.marked("long", "1000"));
                    return "ended";
                } catch (SQLException e) {
                    return "error " + e.getErrorCode();
                }
            });
            Await.until("it runs", () -> server.count().of("long") == 1);
            Part busy = swarm.add("b", "127.0.0.1", 5, RunningStatements.marked("busy", "0.01"));
            busy.begin();
            Await.until("another runs", () -> server.count().of("busy") == 1);
            busy.end();

            assertThat(running.get()).as("an interrupted SLEEP").isIn("ended", "error 1317", "error 1226");
            if (!running.get().equals("error 1226")) {
                assertThatThrownBy(() -> sql.execute("INSERT INTO t VALUES (2)"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getErrorCode()).isEqualTo(1226))
                        .hasMessageContaining("above max-transaction-time of 300 ms in class 'long'");
            }
            try (ResultSet rows = sql.executeQuery("SELECT COUNT(*) FROM t")) {
                rows.next();
                assertThat(rows.getInt(1)).as("rows that were not rolled back").isZero();
            }
            assertThat(busy.errors()).isEmpty();
            client.rollback();
        }
    }
}
