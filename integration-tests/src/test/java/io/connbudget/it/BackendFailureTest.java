package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import java.io.IOException;
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
 * which the table "When a backend dies" in docs/sessions.md is made; its rows are the tests in their order.
 */
final class BackendFailureTest {
    private static final int BUDGET = 4;
    private static final int LOST = 2013;
    private static final int UNREACHABLE = 2003;
    private static final int WAIT_SECONDS = 30;
    private static final int INTERRUPTED = 1317;
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
    void killQueryReachesWhatRunsAndNothingElse(TestDatabase database) throws Exception {
        database.execute("CREATE TABLE " + database.schema() + ".entries (n INT) ENGINE=InnoDB");
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect()) {
            assertThat(one(client, "SELECT 1")).isEqualTo("1");
            for (long id : database.connectionIds()) {
                database.execute("KILL QUERY " + id);
            }
            assertThat(one(client, "SELECT 2")).isEqualTo("2");
            note("KILL QUERY while the client is idle", database, null);

            run(client, "BEGIN");
            run(client, "INSERT INTO entries VALUES (1)");
            database.execute("KILL QUERY " + backendOf(database));
            run(client, "INSERT INTO entries VALUES (2)");
            note("KILL QUERY in a transaction, between statements", database, null);

            CompletableFuture<SQLException> failure = CompletableFuture.supplyAsync(
                    () -> catchThrowableOfType(SQLException.class, () -> one(client, "SELECT SLEEP(60) FROM entries")));
            database.execute("KILL QUERY " + awaitRunning(database, "SLEEP(60)"));
            SQLException seen = failure.get(WAIT_SECONDS, TimeUnit.SECONDS);
            note("KILL QUERY while a statement runs in a transaction", database, seen);
            assertThat((Throwable) seen).as("the statement").isNotNull();
            assertThat(seen.getErrorCode()).isEqualTo(INTERRUPTED);

            run(client, "COMMIT");
            assertThat(one(client, "SELECT COUNT(*) FROM entries"))
                    .as("the transaction is not the statement")
                    .isEqualTo("2");
        }
    }

    @OnEveryServer
    void aWaiterGetsTheBackendThatComesInPlaceOfTheOneThatDied(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(database, 2);
                Connection holder = proxy.target().connect();
                Connection waiter = proxy.target().connect()) {
            run(holder, "BEGIN");
            run(holder, "SELECT 1");
            CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> {
                try {
                    return one(waiter, "SELECT 6");
                } catch (SQLException e) {
                    return e.toString();
                }
            });
            Await.until("it waits", () -> proxy.metric("connbudget_waiters") == 1);
            database.connectionIds().forEach(database::kill);

            assertThat(waiting.get(WAIT_SECONDS, TimeUnit.SECONDS)).isEqualTo("6");
            note("backend killed for which a client waits", database, null);
            SQLException lost = catchThrowableOfType(SQLException.class, () -> run(holder, "COMMIT"));
            assertThat(lost.getErrorCode()).isEqualTo(LOST);
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
    void aTransactionIsLostAloudWithTheStatementThatRunsInIt(TestDatabase database) throws Exception {
        database.execute("CREATE TABLE " + database.schema() + ".entries (n INT) ENGINE=InnoDB");
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect()) {
            run(client, "BEGIN");
            run(client, "INSERT INTO entries VALUES (1)");
            CompletableFuture<SQLException> failure = CompletableFuture.supplyAsync(
                    () -> catchThrowableOfType(SQLException.class, () -> one(client, "SELECT SLEEP(60) FROM entries")));
            database.kill(awaitRunning(database, "SLEEP(60)"));

            SQLException seen = failure.get(WAIT_SECONDS, TimeUnit.SECONDS);
            note("backend killed while a statement runs in a transaction", database, seen);
            assertThat((Throwable) seen).as("the statement").isNotNull();
            assertThat(KILLED).contains(seen.getErrorCode());
            if (seen.getErrorCode() != LOST) {
                // The server still answered the statement; that the transaction is gone it did not say.
                SQLException next = catchThrowableOfType(SQLException.class, () -> run(client, "COMMIT"));
                note("its next statement", database, next);
                assertThat(next.getErrorCode()).isEqualTo(LOST);
            }
            assertThat(one(client, "SELECT COUNT(*) FROM entries")).isEqualTo("0");
        }
    }

    @OnEveryServer
    void aClientThatHasAPartOfTheAnswerIsClosed(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection client = proxy.target().connect();
                Statement sql = client.createStatement()) {
            sql.setFetchSize(Integer.MIN_VALUE);
            SQLException seen;
            try (ResultSet rows =
                    sql.executeQuery("WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 100)"
                            + " SELECT /* long */ REPEAT('x', 1000000) FROM a")) {
                assertThat(rows.next()).isTrue();
                database.kill(awaitRunning(database, "/* long */"));
                seen = catchThrowableOfType(SQLException.class, () -> {
                    while (rows.next()) {
                        // On to what never comes.
                    }
                });
            } catch (SQLException e) {
                // Of the close.
                seen = e;
            }
            note("backend killed inside the answer", database, seen);
            assertThat((Throwable) seen).as("the rows have an end that is none").isNotNull();
            assertThat(client.isValid(5)).isFalse();
        }
    }

    @OnEveryServer
    void aStatementWhoseClientDiesEndsAtTheServer(TestDatabase database) throws Exception {
        database.execute(
                "CREATE TABLE " + database.schema() + ".locked (n INT PRIMARY KEY) ENGINE=InnoDB",
                "INSERT INTO " + database.schema() + ".locked VALUES (1)");
        try (ProxyProcess proxy = ProxyProcess.start(database, 2);
                Connection holder = Target.direct(database).connect();
                Connection other = proxy.target().connect()) {
            run(holder, "BEGIN");
            run(holder, "UPDATE locked SET n = 2");
            Connection client = proxy.target().connect();
            CompletableFuture<SQLException> failure = CompletableFuture.supplyAsync(
                    () -> catchThrowableOfType(SQLException.class, () -> run(client, "UPDATE locked SET n = 3")));
            long running = awaitRunning(database, "n = 3");
            client.abort(Runnable::run);

            // Which waits for a lock, and looks at its connection when it has it.
            Await.until(
                    "the server has ended it", () -> !database.connectionIds().contains(running));
            note("client died while its statement ran", database, failure.get(WAIT_SECONDS, TimeUnit.SECONDS));
            run(holder, "ROLLBACK");
            assertThat(one(other, "SELECT n FROM locked")).isEqualTo("1");
        }
    }

    @OnEveryServer
    void aSilentNetworkCostsWhoGivesUpAndNobodyElse(TestDatabase database) throws Exception {
        try (SilentNetwork network = new SilentNetwork(database.server());
                ProxyProcess proxy = ProxyProcess.start(
                        database,
                        2,
                        new ProxyProcess.Settings()
                                .backend(network.address())
                                .set("CONNBUDGET_BACKEND_CONNECT_TIMEOUT", "1s")
                                .set("CONNBUDGET_BACKEND_CLOSE_TIMEOUT", "500ms"));
                Connection other = proxy.target().connect()) {
            Connection client = proxy.target().connect("");
            assertThat(one(client, "SELECT 1")).isEqualTo("1");
            network.fallSilent();
            client.setNetworkTimeout(Runnable::run, 500);
            SQLException seen = catchThrowableOfType(SQLException.class, () -> one(client, "SELECT 2"));
            note("network silent, client gives up", database, seen);
            assertThat((Throwable) seen).isNotNull();
            assertThat(client.isClosed()).isTrue();

            assertThat(one(other, "SELECT 3")).isEqualTo("3");
            note("network silent, next client", database, null);
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
            ProxyProcess.Settings patience = new ProxyProcess.Settings()
                    .set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "60s")
                    .set("CONNBUDGET_BACKEND_CONNECT_TIMEOUT", "1s");
            try (ProxyProcess patient = ProxyProcess.start(database, BUDGET, patience);
                    Connection waiting = patient.target().connect();
                    ProxyProcess proxy = ProxyProcess.start(database, BUDGET, settings);
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
                Await.until("it is not ready, since clients do not wait that long", () -> !ready(proxy));
                assertThat(ready(patient)).as("ready, since clients still wait").isTrue();

                CompletableFuture<String> waits = CompletableFuture.supplyAsync(() -> {
                    try {
                        return one(waiting, "SELECT 7");
                    } catch (SQLException e) {
                        return e.toString();
                    }
                });
                Await.until("it has its permit", () -> patient.metric("connbudget_class_permits_in_use") == 1);
                server.startAgain();
                assertThat(waits.get(WAIT_SECONDS, TimeUnit.SECONDS))
                        .as("within the queue timeout nobody is told that there was no server")
                        .isEqualTo("7");
                note("server restarted while a statement waited", database, null);
                assertThat(awaitServed(idle)).isEqualTo("5");
                note("server is back, statement of an idle client", database, null);
                assertThat(ready(proxy)).as("ready again").isTrue();
                assertThat(awaitServed(inTransaction)).isEqualTo("5");
            }
        }
    }

    private static boolean ready(ProxyProcess proxy) {
        try {
            proxy.get("/readyz");
            return true;
        } catch (IOException e) {
            return false;
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
