package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.it.Await;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.TestServer;
import io.connbudget.it.budget.Swarm.Part;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The budget follows a server of its own: its limit, what others use, and its refusals. */
@Tag("long")
final class DiscoveryTest {
    private static final String AUTO = """
            max-connections: auto
            reserve: 5
            discovery-interval: 200ms
            recovery-interval: 300ms
            queue-timeout: 60s
            """;

    @Test
    void theBudgetFollowsTheServersLimitAndWhatOthersUse() throws Exception {
        try (TestServer own = TestServer.start(40);
                TestDatabase database = TestDatabase.create(own.server(), "discover");
                BudgetedProxy proxy = BudgetedProxy.start(database, AUTO);
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            // One connection of others: the one that looks at the processlist.
            Await.until("40 less 5 less 1", () -> proxy.budget() == 34);
            Part busy = swarm.add("a", "127.0.0.1", 100, RunningStatements.marked("busy", "0.1"));
            List<Connection> transactions = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    Connection client = proxy.connect("b");
                    transactions.add(client);
                    try (Statement sql = client.createStatement()) {
                        sql.execute("BEGIN");
                    }
                }
                busy.begin();
                Await.until("13 beside the 20", () -> server.count().of("busy") == 13);

                database.execute("SET GLOBAL max_connections = 36");
                Await.until("36 less 5 less 1", () -> proxy.budget() == 30);
                Await.until("9 beside the 20", () -> server.count().of("busy") == 9);
                for (Connection client : transactions) {
                    try (Statement sql = client.createStatement()) {
                        sql.execute("SELECT 2");
                        sql.execute("COMMIT");
                    }
                }
                Await.until("all of the smaller budget", () -> server.count().of("busy") == 29);
                // Those beyond the budget are idle, and closed when they have lingered.
                Await.until(
                        "no more connections than the budget",
                        () -> server.count().connections() <= 30);

                try (Connection other = own.server().administrator();
                        Connection another = own.server().administrator()) {
                    assertThat(other.isValid(5) && another.isValid(5)).isTrue();
                    Await.until("two others less", () -> proxy.budget() == 28);
                }

                database.execute("SET GLOBAL max_connections = 60");
                Await.until("60 less 5 less 1", () -> proxy.budget() == 54);
                Await.until("the queue is served", () -> server.count().of("busy") == 53);
                busy.end();
                assertThat(busy.errors()).isEmpty();
            } finally {
                for (Connection client : transactions) {
                    client.close();
                }
            }
        }
    }

    @Test
    void clientsWaitWhileTheServerRefusesAndTheBudgetRecovers() throws Exception {
        try (TestServer own = TestServer.start(20);
                TestDatabase database = TestDatabase.create(own.server(), "refuses");
                RunningStatements server = new RunningStatements(database);
                BudgetedProxy proxy =
                        BudgetedProxy.start(database, AUTO.replace("auto", "40").replace("reserve: 5", "reserve: 0"));
                Swarm swarm = new Swarm(proxy.port())) {
            Part busy = swarm.add("a", "127.0.0.1", 200, RunningStatements.marked("busy", "0.1"));
            busy.begin();
            Await.until("the server's refusals have lowered the budget of 40", () -> proxy.budget() <= 20);
            long before = busy.answered();
            Await.until("all are served nevertheless", () -> busy.answered() > before + 600);
            assertThat(busy.errors()).isEmpty();

            database.execute("SET GLOBAL max_connections = 60");
            Await.until("the whole budget", () -> proxy.budget() == 40);
            Await.until("39 run", () -> server.count().of("busy") == 39);
            busy.end();
            assertThat(busy.errors()).isEmpty();
        }
    }

    /** A backend is logged in as whatever account its client needs, and is the proxy's own all the same. */
    @Test
    void backendsThatRunAsAnotherAccountAreNotConnectionsOfOthers() throws Exception {
        try (TestServer own = TestServer.start(40);
                TestDatabase database = TestDatabase.create(own.server(), "accounts");
                TestDatabase another = TestDatabase.create(own.server(), "another");
                BudgetedProxy proxy = BudgetedProxy.start(
                        database,
                        AUTO,
                        "",
                        "- {name: e, password: x, backend-user: %s, backend-password: %s}"
                                .formatted(another.user(), another.password()))) {
            Await.until("40 less 5", () -> proxy.budget() == 35);
            List<Connection> transactions = new ArrayList<>();
            try {
                for (int i = 0; i < 10; i++) {
                    Connection client = proxy.connect("e", another.schema(), "");
                    transactions.add(client);
                    try (Statement sql = client.createStatement()) {
                        sql.execute("BEGIN");
                    }
                }
                assertThat(another.connectionIds())
                        .as("of the proxy, as the other account")
                        .hasSize(10);

                try (Connection other = own.server().administrator()) {
                    assertThat(other.isValid(5)).isTrue();
                    // Read anew: it counts the one that came, and only that.
                    Await.until("40 less 5 less 1", () -> proxy.budget() == 34);
                }
            } finally {
                for (Connection client : transactions) {
                    client.close();
                }
            }
        }
    }

    @Test
    void clientsWaitWhenTheServerHasNoRoomForTheFirstConnection() throws Exception {
        String ten = "{max-connections: 10, recovery-interval: 100ms, queue-timeout: %s}";
        try (TestServer own = TestServer.start(20);
                TestDatabase database = TestDatabase.create(own.server(), "first")) {
            List<Connection> others = new ArrayList<>();
            try {
                for (int i = 0; i < 20; i++) {
                    others.add(DriverManager.getConnection(
                            own.server().jdbcUrl(database.schema()), database.user(), database.password()));
                }
                try (BudgetedProxy patient = BudgetedProxy.starting(database, ten.formatted("60s"));
                        BudgetedProxy hasty = BudgetedProxy.starting(database, ten.formatted("200ms"))) {
                    Await.until(
                            "refused",
                            () -> patient.notReady().contains("error 1040")
                                    && hasty.notReady().contains("error 1040"));
                    CompletableFuture<Integer> served = CompletableFuture.supplyAsync(() -> answer(patient));
                    assertThatThrownBy(() -> hasty.connect("a"))
                            .isInstanceOfSatisfying(SQLException.class, e -> {
                                assertThat(e.getErrorCode()).isEqualTo(1040);
                                assertThat(e.getSQLState()).isEqualTo("08004");
                            })
                            .hasMessageContaining("has no room for another connection (error 1040)");
                    assertThat(served).isNotDone();

                    for (Connection other : others) {
                        other.close();
                    }

                    assertThat(served.get(30, TimeUnit.SECONDS)).isEqualTo(5);
                    assertThat(answer(hasty)).isEqualTo(5);
                    Await.until("the whole budget", () -> patient.budget() == 10);
                }
            } finally {
                for (Connection other : others) {
                    other.close();
                }
            }
        }
    }

    private static int answer(BudgetedProxy proxy) {
        try (Connection client = proxy.connect("a");
                Statement sql = client.createStatement();
                ResultSet row = sql.executeQuery("SELECT 5")) {
            row.next();
            return row.getInt(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
