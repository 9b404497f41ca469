package io.connbudget.proxy.cli.demo.incident;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Plays a load once: all connections open and are held, then each runs its transactions, while a sampler watches the
 * server.
 */
public final class Incident {
    private final String serverJdbcUrl;
    private final String administrator;
    private final String administratorPassword;
    private final Duration limit;

    /**
     * @param serverJdbcUrl where the server itself, not a proxy, is reached, with the schema that holds {@link LoadTable}
     * @param limit how long the logins, and then the transactions, may take
     */
    public Incident(String serverJdbcUrl, String administrator, String administratorPassword, Duration limit) {
        this.serverJdbcUrl = serverJdbcUrl;
        this.administrator = administrator;
        this.administratorPassword = administratorPassword;
        this.limit = limit;
    }

    /**
     * What came of it.
     *
     * @param allOver whether every connection came to an end of its work, well or with an error, within the limit
     * @param committed transactions that the database itself holds, by the sum over {@link LoadTable}
     * @param peakThreadsConnected most connections the server had at once, the sampler's own not counted
     * @param peakOfAccount most connections of the load's account that the server had at once
     */
    public record Outcome(
            LoadPlan plan,
            LoadReport report,
            boolean allOver,
            long committed,
            int peakThreadsConnected,
            int peakOfAccount,
            Duration elapsed) {}

    /**
     * Plays it to its end, or to the limit.
     *
     * @param progress called some times a second with what has happened so far
     */
    public Outcome play(LoadPlan plan, Consumer<LoadReport> progress)
            throws IOException, SQLException, InterruptedException {
        long startNanos = System.nanoTime();
        logInOnce(plan);
        try (ConnectionSampler sampler =
                ConnectionSampler.start(serverJdbcUrl, administrator, administratorPassword, plan.user())) {
            LoadReport report;
            boolean allOver;
            try (LoadFleet fleet = LoadFleet.start(plan)) {
                allOver = fleet.awaitLogins(limit, progress);
                fleet.run();
                allOver &= fleet.awaitTransactions(limit, progress);
                report = fleet.report();
            }
            return new Outcome(
                    plan,
                    report,
                    allOver,
                    committed(),
                    sampler.peakThreadsConnected(),
                    sampler.peakOfAccount(),
                    Duration.ofNanos(System.nanoTime() - startNanos));
        }
    }

    private long committed() throws SQLException {
        try (Connection connection = DriverManager.getConnection(serverJdbcUrl, administrator, administratorPassword)) {
            return LoadTable.committed(connection);
        }
    }

    /** Puts the password into the server's cache of caching_sha2_password, without which the fast path is closed. */
    private static void logInOnce(LoadPlan plan) throws SQLException {
        String url = "jdbc:mysql://" + plan.host() + ":" + plan.port() + "/" + plan.schema()
                + "?allowPublicKeyRetrieval=true";
        DriverManager.getConnection(url, plan.user(), plan.password()).close();
    }
}
