package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.capacity.PlanCommand;
import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import io.connbudget.proxy.cli.demo.incident.Incident;
import io.connbudget.proxy.cli.demo.incident.IncidentTable;
import io.connbudget.proxy.cli.demo.incident.LoadPlan;
import io.connbudget.proxy.cli.demo.incident.LoadTable;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The incident: 640 worker processes with a pool each, 12,800 connections in all, against a server that allows 100. The
 * server is one of its own, so that everything it counts is the load's. The proxy has a budget of 64; and once more, on a
 * server that allows the incident's 1,600, the configuration that {@code plan} proposes for these numbers.
 */
final class IncidentTest {
    private static final int NODES = 20;
    private static final int PROCESSES = 32;
    private static final int POOL = 20;
    private static final int CONNECTIONS = NODES * PROCESSES * POOL;
    private static final int TRANSACTIONS_PER_CONNECTION = 2;
    private static final int MAX_CONNECTIONS = 100;
    private static final int BUDGET = 64;
    private static final int INCIDENT_LIMIT = 1_600;
    /** What {@code plan} proposes for that limit: a backend for each worker, and one connection for KILL. */
    private static final int PLANNED_BUDGET = 641;

    private static final int ROWS = 1000;
    private static final int MACHINE_PROCESSES = 8;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    Path directory;

    @Test
    void everyConnectionIsServedWithinTheBudgetThroughTheProxyAndMostAreRefusedDirectly() throws Exception {
        try (EmbeddedMariaDb server = EmbeddedMariaDb.start(MAX_CONNECTIONS, List.of());
                TestDatabase database = TestDatabase.create(DatabaseServers.of(server), "incident")) {
            Incident.Outcome direct = play(server, database, Target.direct(database));
            assertThat(direct.report().errors().get(1040))
                    .as("refused directly")
                    .isGreaterThanOrEqualTo(CONNECTIONS - MAX_CONNECTIONS);

            ProxyProcess.Settings flags = settings().set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "60s");
            serveAll(server, database, direct, BUDGET, flags);
            database.execute("SET GLOBAL max_connections = " + INCIDENT_LIMIT);
            serveAll(server, database, direct, PLANNED_BUDGET, settings().config(plan(database)));
        }
    }

    private static ProxyProcess.Settings settings() {
        // Tracking every buffer of 12,800 clients would measure the detector.
        return new ProxyProcess.Settings().jvm("-Xmx1g", "-Dio.netty.leakDetection.level=simple");
    }

    private static void serveAll(
            EmbeddedMariaDb server,
            TestDatabase database,
            Incident.Outcome direct,
            int budget,
            ProxyProcess.Settings settings)
            throws Exception {
        Incident.Outcome proxied;
        try (ProxyProcess proxy = ProxyProcess.start(database, budget, settings)) {
            proxied = play(server, database, proxy.target());
        }
        System.out.println("budget " + budget + ":\n" + IncidentTable.render(direct, proxied));

        assertThat(proxied.allOver()).as("all over within the limit").isTrue();
        assertThat(proxied.report().errors()).as("errors through the proxy").isEmpty();
        assertThat(proxied.report().opened()).isEqualTo(CONNECTIONS);
        assertThat(proxied.report().held()).as("held to the end").isEqualTo(CONNECTIONS);
        assertThat(proxied.report().transactions()).isEqualTo((long) CONNECTIONS * TRANSACTIONS_PER_CONNECTION);
        assertThat(proxied.committed())
                .as("transactions that the database holds")
                .isEqualTo(proxied.report().transactions());
        assertThat(proxied.peakThreadsConnected())
                .as("connections at the server, logins and closes under way included")
                .isBetween(1, budget);
    }

    /** The configuration that {@code plan} writes for the incident's numbers. */
    private Path plan(TestDatabase database) {
        Path yaml = directory.resolve("plan.yaml");
        StringWriter said = new StringWriter();
        int code = new CommandLine(new PlanCommand())
                .setOut(new PrintWriter(said))
                .execute(
                        "--nodes", String.valueOf(NODES),
                        "--processes", String.valueOf(PROCESSES),
                        "--pool", String.valueOf(POOL),
                        "--limit", String.valueOf(INCIDENT_LIMIT),
                        "--user", database.user(),
                        "--yaml", yaml.toString());
        System.out.println(said);
        assertThat(code).isZero();
        assertThat(said.toString())
                .contains("12,800 > 1,600: error 1040")
                .contains("max-connections: " + PLANNED_BUDGET);
        return yaml;
    }

    private static Incident.Outcome play(EmbeddedMariaDb server, TestDatabase database, Target target)
            throws Exception {
        String serverUrl = server.jdbcUrl(database.schema());
        try (Connection connection = Target.direct(database).connect()) {
            LoadTable.create(connection, ROWS);
        }
        LoadPlan plan = new LoadPlan(
                target.host(),
                target.port(),
                target.user(),
                target.password(),
                target.schema(),
                CONNECTIONS,
                MACHINE_PROCESSES,
                TRANSACTIONS_PER_CONNECTION,
                ROWS);
        return new Incident(serverUrl, EmbeddedMariaDb.ADMIN_USER, EmbeddedMariaDb.ADMIN_PASSWORD, LIMIT)
                .play(plan, report -> {});
    }
}
