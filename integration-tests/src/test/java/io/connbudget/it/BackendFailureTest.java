package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What a client sees when its backend dies. Each case prints a line {@code failures: case | server | what was seen}, of
 * which the table in docs/failures.md is made.
 */
final class BackendFailureTest {
    private static final int BUDGET = 4;
    private static final int LOST = 2013;
    private static final int UNREACHABLE = 2003;
    private static final int WAIT_SECONDS = 30;
    /** What servers answer to a statement whose connection is killed, if they still answer. */
    private static final Set<Integer> KILLED = Set.of(LOST, 1053, 1317, 1927);

    @AfterEach
    void nothingIsInterrupted() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @OnEveryServer
    void anIdleClientDoesNotNoticeThatBackendsAreKilled(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect()) {
            assertThat(one(client, "SELECT 1")).isEqualTo("1");
            List<Long> killed = database.connectionIds();
            assertThat(killed).isNotEmpty();
            killed.forEach(database::kill);

            assertThat(one(client, "SELECT 2")).isEqualTo("2");
            note("backend killed while the client is idle", database, null);
        }
    }

    @OnEveryServer
    void theSessionStateOfAnIdleClientOutlivesItsBackend(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect()) {
            run(client, "SET SESSION group_concat_max_len = 4321");
            database.connectionIds().forEach(database::kill);

            assertThat(one(client, "SELECT @@group_concat_max_len")).isEqualTo("4321");
        }
    }

    @OnEveryServer
    void aRunningStatementEndsWithAnErrorAndTheClientStays(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect()) {
            CompletableFuture<SQLException> failure = CompletableFuture.supplyAsync(
                    () -> catchThrowableOfType(SQLException.class, () -> one(client, "SELECT SLEEP(60)")));
            long running = awaitRunning(database, "SLEEP(60)");
            database.kill(running);

            SQLException seen = failure.get(WAIT_SECONDS, TimeUnit.SECONDS);
            note("backend killed while a statement runs", database, seen);
            // MySQL answers SLEEP that a KILL interrupts with 1, before it closes.
            if (seen != null) {
                assertThat(KILLED).contains(seen.getErrorCode());
            }
            assertThat(one(client, "SELECT 3")).isEqualTo("3");
        }
    }

    @OnEveryServer
    void aTransactionIsLostAloudAndTheClientStays(TestDatabase database) throws Exception {
        database.execute("CREATE TABLE " + database.schema() + ".entries (n INT) ENGINE=InnoDB");
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect()) {
            run(client, "BEGIN");
            run(client, "INSERT INTO entries VALUES (1)");
            database.kill(Long.parseLong(backendOf(database)));

            SQLException seen =
                    catchThrowableOfType(SQLException.class, () -> run(client, "INSERT INTO entries VALUES (2)"));
            note("backend killed in a transaction, between statements", database, seen);
            assertThat((Throwable) seen).as("the statement after the kill").isNotNull();
            assertThat(seen.getErrorCode()).isEqualTo(LOST);

            assertThat(one(client, "SELECT COUNT(*) FROM entries"))
                    .as("neither row: the first was rolled back, the second never ran outside its transaction")
                    .isEqualTo("0");
        }
    }

    @OnEveryServer
    void aPinnedSessionThatLosesItsBackendIsToldSo(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect()) {
            run(client, "CREATE TEMPORARY TABLE scratch (n INT)");
            run(client, "INSERT INTO scratch VALUES (1)");
            database.connectionIds().forEach(database::kill);

            SQLException seen =
                    catchThrowableOfType(SQLException.class, () -> one(client, "SELECT COUNT(*) FROM scratch"));
            note("backend killed while the session is pinned by a temporary table", database, seen);
            assertThat((Throwable) seen).as("the statement after the kill").isNotNull();
            assertThat(seen.getErrorCode()).isEqualTo(LOST);
            assertThat(one(client, "SELECT 4")).isEqualTo("4");
        }
    }

    @Test
    void aRestartOfTheServerCostsOneErrorAtMost() throws Exception {
        try (EmbeddedMariaDb server = EmbeddedMariaDb.start(50, List.of());
                TestDatabase database = TestDatabase.create(DatabaseServers.of(server), "restart")) {
            ProxyProcess.Settings settings = new ProxyProcess.Settings()
                    .set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "2s")
                    .set("CONNBUDGET_BACKEND_CONNECT_TIMEOUT", "1s");
            try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET, settings);
                    Connection idle = proxy.target().connect();
                    Connection inTransaction = proxy.target().connect()) {
                assertThat(one(idle, "SELECT 1")).isEqualTo("1");
                run(inTransaction, "BEGIN");
                assertThat(one(inTransaction, "SELECT 1")).isEqualTo("1");

                server.stop();
                SQLException lost = catchThrowableOfType(SQLException.class, () -> one(inTransaction, "SELECT 2"));
                note("server stopped, client in a transaction", database, lost);
                assertThat(lost.getErrorCode()).isEqualTo(LOST);
                SQLException down = catchThrowableOfType(SQLException.class, () -> one(idle, "SELECT 2"));
                note("server is down, statement of an idle client", database, down);
                assertThat(down.getErrorCode()).isEqualTo(UNREACHABLE);

                server.startAgain();
                assertThat(awaitServed(idle)).isEqualTo("5");
                note("server is back, statement of an idle client", database, null);
                assertThat(awaitServed(inTransaction)).isEqualTo("5");
            }
        }
    }

    /** Until the proxy has noticed that the server is back: it refuses, at most for its retry pause. */
    private static String awaitServed(Connection client) throws SQLException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (true) {
            try {
                return one(client, "SELECT 5");
            } catch (SQLException e) {
                if (e.getErrorCode() != UNREACHABLE || System.nanoTime() - deadlineNanos > 0) {
                    throw e;
                }
            }
        }
    }

    /** Id of the backend on which the statement runs, once it does. */
    private static long awaitRunning(TestDatabase database, String statementPart) throws SQLException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement()) {
            while (System.nanoTime() - deadlineNanos < 0) {
                try (ResultSet rows = sql.executeQuery("SELECT id FROM information_schema.processlist WHERE user = '"
                        + database.user() + "' AND info LIKE '%" + statementPart + "%'")) {
                    if (rows.next()) {
                        return rows.getLong(1);
                    }
                }
            }
        }
        throw new AssertionError("the statement did not start within " + WAIT_SECONDS + " s");
    }

    /** Id of the account's only backend with a transaction. */
    private static String backendOf(TestDatabase database) throws SQLException {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement();
                ResultSet rows =
                        sql.executeQuery("SELECT t.trx_mysql_thread_id FROM information_schema.innodb_trx t JOIN"
                                + " information_schema.processlist p ON p.id = t.trx_mysql_thread_id WHERE p.user = '"
                                + database.user() + "'")) {
            assertThat(rows.next()).as("a transaction at the server").isTrue();
            return rows.getString(1);
        }
    }

    private static void run(Connection client, String statement) throws SQLException {
        try (Statement sql = client.createStatement()) {
            sql.execute(statement);
        }
    }

    private static String one(Connection client, String query) throws SQLException {
        try (Statement sql = client.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void note(String what, TestDatabase database, SQLException seen) {
        System.out.println("failures: " + what + " | " + database + " | "
                + (seen == null
                        ? "nothing"
                        : seen.getErrorCode() + " (" + seen.getSQLState() + ") " + seen.getMessage()));
    }
}
