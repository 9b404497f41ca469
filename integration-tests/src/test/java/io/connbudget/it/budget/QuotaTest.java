package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mysql.cj.jdbc.JdbcConnection;
import io.connbudget.it.Await;
import io.connbudget.it.DatabaseServer;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.budget.Swarm.Part;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Assumptions;

/** Limits of a class: what it may hold, how many may come, and that COM_CHANGE_USER and a reload move a client. */
final class QuotaTest {
    private static final String BUDGET = """
            max-connections: 9
            queue-timeout: 60s
            classes:
              small: {max: 2}
              few: {max-clients: 3}
              shut: {max: 0}
            rules:
              - {class: small, user: a}
              - {class: few, user: b}
              - {class: shut, user: c}
            """;

    @OnEveryServer
    void aClassNeverHoldsMoreThanItsMax(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET);
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            Part small = swarm.add("a", "127.0.0.1", 50, RunningStatements.marked("small", "0.005"));
            Part others = swarm.add("d", "127.0.0.1", 50, RunningStatements.marked("others", "0.005"));
            small.begin();
            others.begin();
            int peakSmall = 0;
            int peakOthers = 0;
            int peak = 0;
            while (small.answered() < 400 || others.answered() < 1_000) {
                RunningStatements.Count count = server.count();
                peakSmall = Math.max(peakSmall, count.of("small"));
                peakOthers = Math.max(peakOthers, count.of("others"));
                peak = Math.max(peak, count.connections());
            }
            small.end();
            others.end();

            assertThat(peakSmall).as("of class small, max 2").isEqualTo(2);
            assertThat(peakOthers).as("of the default class, what is left of 8").isEqualTo(6);
            assertThat(peak).as("connections, of a budget of 9").isBetween(8, 9);
            assertThat(small.errors()).isEmpty();
            assertThat(others.errors()).isEmpty();
        }
    }

    @OnEveryServer
    void aClientTooManyIsRefusedAtItsLogin(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET);
                Connection first = proxy.connect("b");
                Connection second = proxy.connect("b");
                Connection third = proxy.connect("b")) {
            assertThat(first.isValid(5) && second.isValid(5)).isTrue();
            assertThatThrownBy(() -> proxy.connect("b"))
                    .isInstanceOfSatisfying(SQLException.class, e -> {
                        assertThat(e.getErrorCode()).isEqualTo(1040);
                        assertThat(e.getSQLState()).isEqualTo("08004");
                    })
                    .hasMessageContaining(
                            "class 'few' has 3 of 3 clients, most from 127.0.0.1 (3); close some, or raise max-clients of the class");
            third.close();
            Await.until("the place is free", () -> {
                try (Connection again = proxy.connect("b")) {
                    return again.isValid(5);
                } catch (SQLException e) {
                    return false;
                }
            });
        }
    }

    @OnEveryServer
    void aReloadMovesClientsToTheirNewClass(TestDatabase database) throws Exception {
        String open = "{max-connections: 5, classes: {small: {}}, rules: [{class: small, user: c}]}";
        try (BudgetedProxy proxy = BudgetedProxy.start(database, open);
                Connection client = proxy.connect("c");
                Statement sql = client.createStatement()) {
            sql.execute("DO 1");

            proxy.reload(BUDGET);

            assertThat(proxy.budget()).isEqualTo(9);
            assertThatThrownBy(() -> sql.execute("DO 1"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getErrorCode()).isEqualTo(1226))
                    .hasMessageContaining("Class 'shut' may use no backend: its max is 0; raise max of the class");

            proxy.reload(open);

            sql.execute("DO 1");
            assertThat(proxy.budget()).isEqualTo(5);
        }
    }

    @OnEveryServer
    void changeUserMovesAClientToAnotherClass(TestDatabase database) throws Exception {
        // Connector/J's changeUser fails on MariaDB, with and without a proxy.
        Assumptions.assumeTrue(database.server().kind() == DatabaseServer.Kind.MYSQL);
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET);
                Connection first = proxy.connect("b");
                Connection second = proxy.connect("b");
                Connection third = proxy.connect("b");
                Connection other = proxy.connect("d")) {
            assertThat(first.isValid(5) && second.isValid(5)).isTrue();
            assertThatThrownBy(() -> other.unwrap(JdbcConnection.class).changeUser("b", BudgetedProxy.PASSWORD))
                    .hasMessageContaining("class 'few' has 3 of 3 clients");

            third.unwrap(JdbcConnection.class).changeUser("d", BudgetedProxy.PASSWORD);

            try (Connection again = proxy.connect("b");
                    Statement sql = third.createStatement()) {
                assertThat(again.isValid(5)).isTrue();
                sql.execute("DO 1");
            }
        }
    }
}
