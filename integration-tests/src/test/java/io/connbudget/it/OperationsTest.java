package io.connbudget.it;

import static io.connbudget.it.ConsoleTable.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;

/** What operators see and do, on a proxy process in front of real servers, under load. */
final class OperationsTest {
    private static final int WORKERS = 48;

    private static ProxyProcess start(TestDatabase database, int budget) throws Exception {
        return start(database, budget, "3s");
    }

    private static ProxyProcess start(TestDatabase database, int budget, String drainTimeout) throws Exception {
        return ProxyProcess.start(
                database,
                budget,
                new ProxyProcess.Settings()
                        .set("CONNBUDGET_CONSOLE", "127.0.0.1:0")
                        .set("CONNBUDGET_ADMIN_USERS_0_NAME", "op")
                        .set("CONNBUDGET_ADMIN_USERS_0_PASSWORD", "secret")
                        .set("CONNBUDGET_ADMIN_USERS_0_ROLE", "operator")
                        .set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "30s")
                        .set("CONNBUDGET_DRAIN_TIMEOUT", drainTimeout));
    }

    private static Connection console(ProxyProcess proxy) throws SQLException {
        return DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + proxy.consolePort() + "/", "op", "secret");
    }

    private static Connection client(Target target, String program) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mysql://" + target.host() + ":" + target.port() + "/" + target.schema()
                        + "?allowPublicKeyRetrieval=true&sslMode=DISABLED&connectionAttributes=program_name:" + program,
                target.user(),
                target.password());
    }

    private static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @OnEveryServer
    void showsWhoHoldsTheBudgetWhileItIsExhausted(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database, 3)) {
            Target target = proxy.target();
            Connection first = client(target, "report-job");
            Connection second = client(target, "report-job");
            Queue<String> outcome = new ConcurrentLinkedQueue<>();
            Thread waiter = new Thread(() -> {
                try (Connection third = client(target, "web")) {
                    run(third, "SELECT 'a secret', 42");
                    outcome.add("served");
                } catch (SQLException e) {
                    outcome.add(e.toString());
                }
            });
            try (Connection console = console(proxy)) {
                begin(first);
                begin(second);
                waiter.start();
                Await.until(
                        "somebody waits", () -> !rows(console, "SHOW WAITERS").isEmpty());

                List<Map<String, String>> holders = rows(console, "SHOW HOLDERS");
                assertThat(holders).hasSize(2).allSatisfy(holder -> {
                    assertThat(holder)
                            .containsEntry("application_name", "report-job")
                            .containsEntry("state", "in_transaction")
                            .containsEntry("reasons", "transaction")
                            .containsEntry("frees", "2");
                    assertThat(holder.get("digest")).isEqualTo("SELECT ?, ...");
                });
                assertThat(rows(console, "SHOW WAITERS").get(0)).containsEntry("application_name", "web");
                assertThat(rows(console, "SHOW POOLS").get(0))
                        .containsEntry("budget", "3")
                        .containsEntry("cl_active", "2")
                        .containsEntry("cl_waiting", "1");
                assertThat(proxy.get("/api/holders", "op", "secret"))
                        .contains("\"digest\":\"SELECT ?, ...\"")
                        .doesNotContain("a secret");

                run(console, "KILL " + holders.get(0).get("id"));
                waiter.join();
                assertThat(outcome).containsExactly("served");
                assertThat(first.isValid(5)).isNotEqualTo(second.isValid(5));
            } finally {
                waiter.join();
                first.close();
                second.close();
            }
            proxy.awaitLogged("event=console_command", "KILL");
        }
    }

    @OnEveryServer
    void commandsUnderLoadCostNoClientAnError(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database, 5)) {
            Queue<String> errors = new ConcurrentLinkedQueue<>();
            AtomicLong done = new AtomicLong();
            AtomicBoolean stop = new AtomicBoolean();
            List<Thread> workers = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                Thread worker = new Thread(() -> {
                    try (Connection connection = client(proxy.target(), "worker")) {
                        while (!stop.get()) {
                            connection.setAutoCommit(false);
                            run(connection, "SELECT 1");
                            run(connection, "SELECT 2");
                            connection.commit();
                            done.incrementAndGet();
                        }
                    } catch (SQLException e) {
                        errors.add(e.toString());
                    }
                });
                worker.start();
                workers.add(worker);
            }
            try (Connection console = console(proxy)) {
                awaitMore(done, 200);
                for (int round = 0; round < 3; round++) {
                    run(console, "PAUSE");
                    assertThat(rows(console, "SHOW LISTS WHERE list = used_permits")
                                    .get(0))
                            .containsEntry("items", "0");
                    long paused = done.get();
                    assertThat(rows(console, "SHOW POOLS").get(0)).containsEntry("paused", "1");
                    // A commit may have been answered while PAUSE ended; after that nothing moves.
                    assertThat(done.get() - paused).isLessThan(WORKERS);
                    run(console, "RESUME");
                    awaitMore(done, 200);
                    run(console, "RECONNECT");
                    awaitMore(done, 200);
                    run(console, "SET default.max = 1");
                    assertThat(rows(console, "SHOW CLASSES").get(0))
                            .containsEntry("max", "1")
                            .containsEntry("until_reload", "max");
                    awaitMore(done, 50);
                    run(console, "RELOAD");
                    assertThat(rows(console, "SHOW CLASSES").get(0))
                            .containsEntry("max", null)
                            .containsEntry("until_reload", "");
                    awaitMore(done, 200);
                }
                assertThatThrownBy(() -> run(console, "RESUME")).hasMessageContaining("the proxy is not paused");
                assertThatThrownBy(() -> run(console, "SET default.max = -1")).hasMessageContaining("max");
                assertThatThrownBy(() -> run(console, "SET nobody.max = 1"))
                        .hasMessageContaining("there is no client class 'nobody'");
            } finally {
                stop.set(true);
                for (Thread worker : workers) {
                    worker.join();
                }
            }
            assertThat(errors).isEmpty();
            assertThat(database.connectionIds().size()).isLessThanOrEqualTo(5);
        }
    }

    private static void awaitMore(AtomicLong count, long more) throws Exception {
        long wanted = count.get() + more;
        Await.until(more + " more transactions", () -> count.get() >= wanted);
    }

    /** A transaction that the server counts as one; without START it would wait for the first table. */
    private static void begin(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        run(connection, "START TRANSACTION");
        run(connection, "SELECT 'a secret', 17");
    }

    @OnEveryServer
    void aShutdownDrains(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database, 5)) {
            Target target = proxy.target();
            Connection idle = client(target, "idle");
            Connection committing = client(target, "committing");
            Connection silent = client(target, "silent");
            try (Connection console = console(proxy)) {
                begin(committing);
                begin(silent);
                run(console, "SHUTDOWN WAIT");
                assertThatThrownBy(() -> client(target, "late").close()).isInstanceOf(SQLException.class);
                assertThatThrownBy(() -> proxy.get("/readyz")).hasMessageContaining("503");
                // A transaction that goes on may end.
                run(committing, "SELECT 2");
                committing.commit();
                assertThatThrownBy(() -> run(idle, "SELECT 1")).isInstanceOf(SQLException.class);
                proxy.awaitLogged("event=drained");
                assertThatThrownBy(() -> run(silent, "SELECT 2")).isInstanceOf(SQLException.class);
            }
            // Nothing is left to roll back on any of the three. A second signal would end the process before its time.
            for (Connection connection : List.of(idle, committing, silent)) {
                connection.abort(Runnable::run);
            }
            proxy.awaitEnd();
        }
    }

    /** With a deadline that is later than a test waits, only the second command can end it. */
    @OnEveryServer
    void aShutdownInADrainEndsIt(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database, 5, "1h");
                Connection client = client(proxy.target(), "in-transaction");
                Connection console = console(proxy)) {
            begin(client);
            run(console, "SHUTDOWN WAIT");
            proxy.awaitLogged("event=draining");
            run(client, "SELECT 2");

            run(console, "SHUTDOWN");

            assertThat(proxy.awaitEnd()).as("exit code").isZero();
            // Connector/J throws away what comes between statements, so it does not show the 1053.
            assertThatThrownBy(() -> run(client, "SELECT 3")).isInstanceOf(SQLException.class);
            client.abort(Runnable::run);
        }
    }

    @OnEveryServer
    void aSecondSignalInADrainEndsIt(TestDatabase database) throws Exception {
        ProxyProcess proxy = start(database, 5, "1h");
        ProcessHandle process = ProcessHandle.of(proxy.pid()).orElseThrow();
        try (Connection client = client(proxy.target(), "in-transaction")) {
            begin(client);
            process.destroy();
            proxy.awaitLogged("event=draining");
            run(client, "SELECT 2");

            process.destroy();

            assertThat(proxy.awaitEnd()).as("exit code").isEqualTo(128 + 15);
            assertThatThrownBy(() -> run(client, "SELECT 3")).isInstanceOf(SQLException.class);
            client.abort(Runnable::run);
        } finally {
            process.destroyForcibly();
        }
    }

    @Tag("clients")
    @OnEveryServer
    void theDashboardShowsTheConsolesNumbers(TestDatabase database) throws Exception {
        String python = ClientProgram.pythonWith("pymysql", "python3-pymysql");
        ClientProgram.program("chromium", "chromium");
        try (ProxyProcess proxy = start(database, 3)) {
            try (Connection first = client(proxy.target(), "report-job");
                    Connection second = client(proxy.target(), "report-job")) {
                begin(first);
                begin(second);
                ClientProgram.run(
                        proxy.target(),
                        python,
                        "dashboard.py",
                        String.valueOf(proxy.httpPort()),
                        String.valueOf(proxy.consolePort()),
                        "op",
                        "secret",
                        System.getProperty("connbudget.it.target", "target"));
            }
        }
    }
}
