package io.connbudget.proxy.cli.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.UnixOperatingSystemMXBean;
import io.connbudget.proxy.cli.ExitCodes;
import io.connbudget.proxy.cli.ProxyFactory;
import io.connbudget.proxy.cli.demo.incident.Incident;
import io.connbudget.proxy.cli.demo.incident.IncidentTable;
import io.connbudget.proxy.cli.demo.incident.LoadPlan;
import io.connbudget.proxy.cli.demo.incident.LoadTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code connbudget demo}: see what the proxy does, without a database of one's own. */
@Command(
        name = "demo",
        description = "Start an embedded MariaDB with few connections and the proxy in front of it.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DemoCommand implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int ROWS = 1000;
    /** Files that the proxy's process has open beside its clients: jars, backends, the HTTP side. */
    private static final int OTHER_FILES = 500;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--incident",
            description = "Play the Celery incident against the database, then against the proxy; print both; end.")
    private boolean incident;

    @Option(names = "--max-connections", defaultValue = "100", description = "Of the database (${DEFAULT-VALUE}).")
    private int maxConnections;

    @Option(names = "--budget", defaultValue = "64", description = "Of the proxy (${DEFAULT-VALUE}).")
    private int budget;

    @Option(names = "--port", defaultValue = "0", description = "Of the proxy; 0, the default, for a free one.")
    private int port;

    @Option(names = "--nodes", defaultValue = "20", description = "Celery nodes (${DEFAULT-VALUE}).")
    private int nodes;

    @Option(names = "--processes", defaultValue = "32", description = "Processes on each node (${DEFAULT-VALUE}).")
    private int processes;

    @Option(names = "--pool", defaultValue = "20", description = "Connections of each process (${DEFAULT-VALUE}).")
    private int pool;

    @Option(
            names = "--connections",
            description = "Connections in all; by default nodes x processes x pool, as far as open files allow.")
    private @Nullable Integer connections;

    @Option(
            names = "--transactions",
            defaultValue = "3",
            description = "Transactions on each connection (${DEFAULT-VALUE}).")
    private int transactions;

    @Option(
            names = "--load-processes",
            defaultValue = "4",
            description = "Processes of this machine that play the workers (${DEFAULT-VALUE}).")
    private int loadProcesses;

    private final ProxyFactory proxies;

    DemoCommand(ProxyFactory proxies) {
        this.proxies = proxies;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out =
                Objects.requireNonNull(spec, "set by picocli").commandLine().getOut();
        // Else their log lines would run through the progress line.
        quiet("ch.vorburger", Level.OFF);
        quiet("io.connbudget", Level.WARN);
        out.printf(
                Locale.ROOT,
                "Starting MariaDB with max_connections=%d, and connbudget with a budget of %d ...%n",
                maxConnections,
                budget);
        out.flush();
        try (DemoSite site = DemoSite.start(proxies, maxConnections, budget, port)) {
            Thread onSignal = new Thread(() -> closeQuietly(site), "demo-signal");
            Runtime.getRuntime().addShutdownHook(onSignal);
            out.print(DemoText.howToConnect(
                    site.database().port(), site.proxyPort(), site.httpPort(), site.certificate()));
            out.flush();
            if (!incident) {
                out.println("Ctrl-C ends both.");
                out.flush();
                // Nobody counts it down: the signal's hook closes the site.
                new CountDownLatch(1).await();
            }
            int exitCode = playIncident(site, out);
            Runtime.getRuntime().removeShutdownHook(onSignal);
            return exitCode;
        }
    }

    private int playIncident(DemoSite site, PrintWriter out) throws Exception {
        int asked = connections();
        out.printf(
                Locale.ROOT,
                "%nThe incident: %d nodes x %d processes x a pool of %d = %,d connections; played with %,d, each"
                        + " with %d transactions.%n%n",
                nodes,
                processes,
                pool,
                nodes * processes * pool,
                asked,
                transactions);
        boolean terminal = Progress.onTerminal();
        Incident.Outcome direct =
                play(site, site.database().port(), asked, new Progress(out, asked, terminal, "directly"));
        Incident.Outcome proxied =
                play(site, site.proxyPort(), asked, new Progress(out, asked, terminal, "through connbudget"));
        out.println();
        out.print(IncidentTable.render(direct, proxied));
        out.flush();
        boolean held = proxied.allOver() && proxied.report().failed() == 0;
        return held ? ExitCodes.OK : ExitCodes.FAILURE;
    }

    private Incident.Outcome play(DemoSite site, int targetPort, int asked, Progress progress) throws Exception {
        String serverUrl = site.database().jdbcUrl(DemoSite.SCHEMA);
        try (Connection connection =
                DriverManager.getConnection(serverUrl, EmbeddedMariaDb.ADMIN_USER, EmbeddedMariaDb.ADMIN_PASSWORD)) {
            LoadTable.create(connection, ROWS);
        }
        LoadPlan plan = new LoadPlan(
                EmbeddedMariaDb.HOST,
                targetPort,
                DemoSite.USER,
                DemoSite.PASSWORD,
                DemoSite.SCHEMA,
                asked,
                Math.min(loadProcesses, asked),
                transactions,
                ROWS);
        Incident.Outcome outcome = new Incident(
                        serverUrl, EmbeddedMariaDb.ADMIN_USER, EmbeddedMariaDb.ADMIN_PASSWORD, LIMIT)
                .play(plan, progress::show);
        progress.endLine();
        return outcome;
    }

    private int connections() {
        if (connections != null) {
            return connections;
        }
        long asked = (long) nodes * processes * pool;
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            asked = Math.min(asked, system.getMaxFileDescriptorCount() - OTHER_FILES);
        }
        return (int) Math.max(1, asked);
    }

    private static void closeQuietly(DemoSite site) {
        try {
            site.close();
        } catch (IOException e) {
            LoggerFactory.getLogger(DemoCommand.class).warn("the demo did not end cleanly", e);
        }
    }

    private static void quiet(String logger, Level level) {
        if (LoggerFactory.getLogger(logger) instanceof Logger logback) {
            logback.setLevel(level);
        }
    }
}
