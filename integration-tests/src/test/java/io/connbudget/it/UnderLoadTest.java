package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import io.connbudget.proxy.cli.demo.incident.ConnectionSampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What operators do while sysbench runs with 256 clients on a budget of 16: nobody gets an error but those who must. The
 * table "What clients see" in docs/operating.md is what is asserted here. Each case prints a line {@code under load: case |
 * errors}.
 */
@Tag("clients")
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UnderLoadTest {
    private static final int CLIENTS = 256;
    private static final int BUDGET = 16;
    private static final int SMALLER = 8;
    private static final int DRAINS = 1053;
    /** What MariaDB's client library makes of an error 2013 that it is sent, and what the server itself says as it goes. */
    private static final List<Integer> LOST = List.of(2027, 1053, 1927);

    private static final String ERROR_REPLIES = "connbudget_error_replies_total";

    private Path directory;
    private EmbeddedMariaDb server;
    private TestDatabase database;
    private ProxyProcess proxy;
    private SysbenchLoad load;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        directory = folder;
        server = EmbeddedMariaDb.start(100, List.of());
        database = TestDatabase.create(DatabaseServers.of(server), "under_load");
        SysbenchLoad.prepare(database);
        proxy = startProxy();
        load = SysbenchLoad.start(proxy.target(), CLIENTS, 0);
    }

    @AfterAll
    void stop() throws Exception {
        try (EmbeddedMariaDb closedLast = server;
                ProxyProcess closedNext = proxy;
                SysbenchLoad closedFirst = load) {
            System.out.println("under load: collisions of transactions in all: " + closedFirst.collisions());
        }
    }

    @BeforeEach
    void everybodyIsServed() throws Exception {
        load.awaitThroughput(1);
        assertThat(load.takeErrors()).isEmpty();
        assertThat(pool()).containsEntry("budget", String.valueOf(BUDGET)).containsEntry("paused", "0");
    }

    /** One that failed leaves the others what they expect. */
    @AfterEach
    void putBack() throws Exception {
        if (pool().get("paused").equals("1")) {
            run("RESUME");
        }
        configure(BUDGET);
        run("RELOAD");
        load.takeErrors();
    }

    private ProxyProcess startProxy() throws IOException {
        configure(BUDGET);
        return ProxyProcess.start(database, BUDGET, new ProxyProcess.Settings().config(file()));
    }

    private Path file() {
        return directory.resolve("connbudget.yaml");
    }

    private void configure(int budget) throws IOException {
        Files.writeString(file(), """
                console: 127.0.0.1:0
                admin: {users: [{name: op, password: secret, role: operator}]}
                budget: {max-connections: %d, queue-timeout: 60s}
                drain-timeout: 20s
                """.formatted(budget));
    }

    @Test
    void pauseAndResumeCostWaiting() throws Exception {
        run("PAUSE");
        assertThat(pool())
                .containsEntry("paused", "1")
                .containsEntry("cl_active", "0")
                .containsEntry("sv_active", "0");
        assertThat(transactionsAtTheServer()).isZero();
        load.awaitStandstill(2);
        assertThat(pool()).containsEntry("cl_waiting", String.valueOf(CLIENTS));

        run("RESUME");
        load.awaitThroughput(2);
        nobodyHasSeenAnError("PAUSE, RESUME");
    }

    @Test
    void reloadChangesTheBudgetAndNothingElse() throws Exception {
        configure(SMALLER);
        run("RELOAD");
        Await.until(
                "the server counts no more than the smaller budget",
                () -> database.connectionIds().size() <= SMALLER);
        assertThat(peak(3)).as("connections of a budget of 8").isBetween(1, SMALLER);

        Files.writeString(file(), Files.readString(file()).replace("queue-timeout: 60s", "queue-timeout: soon"));
        assertThatThrownBy(() -> run("RELOAD"))
                .hasMessageContaining("nothing changed")
                .hasMessageContaining("queue-timeout");
        configure(BUDGET);
        Files.writeString(file(), "event-loops: 1\n", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> run("RELOAD")).hasMessageContaining("a restart is needed for: event-loops");
        assertThat(pool()).containsEntry("budget", String.valueOf(SMALLER));
        assertThat(peak(1)).as("connections after two that were refused").isBetween(1, SMALLER);

        configure(BUDGET);
        run("RELOAD");
        Await.until(
                "the server counts more than the smaller budget",
                () -> database.connectionIds().size() > SMALLER);
        assertThat(peak(2)).as("connections of a budget of 16").isBetween(SMALLER + 1, BUDGET);
        nobodyHasSeenAnError("RELOAD to 8, two that are refused, RELOAD to 16");
    }

    @Test
    void reconnectReplacesEveryConnection() throws Exception {
        List<Long> before = database.connectionIds();
        run("RECONNECT");
        Await.until("none of them is left", () -> {
            List<Long> left = database.connectionIds();
            left.retainAll(before);
            return left.isEmpty();
        });
        load.awaitThroughput(2);
        assertThat(database.connectionIds()).hasSizeBetween(1, BUDGET);
        nobodyHasSeenAnError("RECONNECT");
    }

    @Test
    void killEndsOneClientAndNoOther() throws Exception {
        String holder = "SHOW HOLDERS WHERE application_name = 'victim-job'";
        try (Connection victim = proxy.target().connect("connectionAttributes=program_name:victim-job")) {
            CompletableFuture<SQLException> seen = CompletableFuture.supplyAsync(() -> {
                try (Statement sql = victim.createStatement()) {
                    sql.execute("SELECT SLEEP(60)");
                    return null;
                } catch (SQLException e) {
                    return e;
                }
            });
            Await.until("it holds a backend", () -> sleepsAtTheServer() == 1);
            List<Map<String, String>> rows = rows(holder);
            assertThat(rows).hasSize(1);
            assertThat(rows.get(0)).containsEntry("state", "running").containsEntry("digest", "SELECT SLEEP(?)");

            run("KILL " + rows.get(0).get("id"));

            SQLException end = seen.get(30, TimeUnit.SECONDS);
            System.out.println("under load: the victim of KILL | " + end);
            assertThat((Throwable) end).isNotNull();
            assertThat(end.getErrorCode()).isEqualTo(2013);
            assertThat(victim.isValid(5)).isFalse();
            Await.until("its statement has ended", () -> sleepsAtTheServer() == 0);
            assertThat(rows(holder)).isEmpty();
        }
        load.awaitThroughput(2);
        nobodyHasSeenAnError("KILL");
    }

    @Test
    void aRestartOfTheDatabaseWithinAPauseCostsWaiting() throws Exception {
        run("PAUSE");
        server.stop();
        load.awaitStandstill(1);
        server.startAgain();
        run("RESUME");
        load.awaitThroughput(2);
        nobodyHasSeenAnError("PAUSE, restart of the database, RESUME");
    }

    @Test
    void aRestartOfTheDatabaseCostsThoseWhoHoldABackend() throws Exception {
        server.stop();
        load.awaitStandstill(2);
        assertThat(Integer.parseInt(pool().get("cl_waiting"))).isGreaterThanOrEqualTo(CLIENTS - BUDGET);
        // As long as clients wait for the database they are well placed here.
        proxy.get("/readyz");
        server.startAgain();
        load.awaitThroughput(2);

        Map<Integer, Integer> errors = load.takeErrors();
        note("restart of the database", errors);
        assertThat(errors.keySet()).isSubsetOf(LOST);
        assertThat(errors.values().stream().mapToInt(Integer::intValue).sum()).isBetween(1, BUDGET);
        // The client library shows any error of a client's own range as 2027, that the database is out of reach too.
        assertThat(proxy.metric(ERROR_REPLIES) - proxy.metric(ERROR_REPLIES, "reason=\"backend_lost\""))
                .as("errors of the proxy, but of lost backends")
                .isZero();
        load.awaitThroughput(2);
        nobodyHasSeenAnError("after the restart");
    }

    @Test
    void aDrainLetsTransactionsEndAndTellsEverybody() throws Exception {
        try (ProxyProcess drained = startProxy();
                SysbenchLoad told = SysbenchLoad.start(drained.target(), CLIENTS, DRAINS)) {
            assertThat(told.takeErrors()).isEmpty();
            int rolledBack = rolledBack() - told.collisions() - load.collisions();

            ProcessHandle.of(drained.pid()).orElseThrow().destroy();

            told.awaitErrors(DRAINS, CLIENTS);
            assertThat(drained.awaitEnd()).as("exit code").isZero();
            assertThat(drained.log()).anyMatch(line -> line.contains("event=drained"));
            Map<Integer, Integer> errors = told.takeErrors();
            note("drain", errors);
            assertThat(errors).isEqualTo(Map.of(DRAINS, CLIENTS));
            assertThat(rolledBack() - told.collisions() - load.collisions())
                    .as("transactions rolled back")
                    .isEqualTo(rolledBack);
        }
        load.awaitThroughput(1);
        nobodyHasSeenAnError("drain of another proxy");
    }

    private void nobodyHasSeenAnError(String what) {
        Map<Integer, Integer> errors = load.takeErrors();
        note(what, errors);
        assertThat(errors).as("errors by code: " + what).isEmpty();
    }

    private static void note(String what, Map<Integer, Integer> errors) {
        System.out.println("under load: " + what + " | " + (errors.isEmpty() ? "no error" : errors));
    }

    /** Most connections of the account at once, while clients are served for so many seconds. */
    private int peak(int seconds) throws SQLException {
        try (ConnectionSampler sampler = ConnectionSampler.start(
                server.jdbcUrl(""), EmbeddedMariaDb.ADMIN_USER, EmbeddedMariaDb.ADMIN_PASSWORD, database.user())) {
            load.awaitThroughput(seconds);
            return sampler.peakOfAccount();
        }
    }

    private int transactionsAtTheServer() throws SQLException {
        return count("SELECT COUNT(*) FROM information_schema.innodb_trx");
    }

    private int sleepsAtTheServer() throws SQLException {
        return count("SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)'");
    }

    private int rolledBack() throws SQLException {
        return count(
                "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'HANDLER_ROLLBACK'");
    }

    private int count(String query) throws SQLException {
        try (Connection administrator = server.administrator();
                Statement sql = administrator.createStatement();
                ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getInt(1);
        }
    }

    private Map<String, String> pool() throws SQLException {
        return rows("SHOW POOLS").get(0);
    }

    private Connection console() throws SQLException {
        return DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + proxy.consolePort() + "/", "op", "secret");
    }

    private void run(String command) throws SQLException {
        try (Connection console = console();
                Statement statement = console.createStatement()) {
            statement.execute(command);
        }
    }

    private List<Map<String, String>> rows(String show) throws SQLException {
        try (Connection console = console()) {
            return ConsoleTable.rows(console, show);
        }
    }
}
