package io.connbudget.proxy.cli.demo;

import io.connbudget.proxy.admin.AdminServer;
import io.connbudget.proxy.cli.ProxyFactory;
import io.connbudget.proxy.cli.ProxyLifecycle;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.metrics.ProxyMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** The demo's database, with an account and a schema for clients, and the proxy in front of it. */
final class DemoSite implements AutoCloseable {
    static final String USER = "app";
    static final String PASSWORD = "demo";
    static final String SCHEMA = "demo";

    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(2);

    private final EmbeddedMariaDb database;
    private final DemoCertificate certificate;
    private final ProxyMetrics metrics;
    private final ProxyLifecycle proxy;
    private final AdminServer http;
    private final AtomicBoolean closed = new AtomicBoolean();

    private DemoSite(
            EmbeddedMariaDb database,
            DemoCertificate certificate,
            ProxyMetrics metrics,
            ProxyLifecycle proxy,
            AdminServer http) {
        this.database = database;
        this.certificate = certificate;
        this.metrics = metrics;
        this.proxy = proxy;
        this.http = http;
    }

    /**
     * Starts all of it; blocks some seconds.
     *
     * @param maxConnections {@code max_connections} of the database
     * @param budget connections that the proxy may have of them
     * @param port for clients of the proxy, 0 for a free one
     */
    static DemoSite start(ProxyFactory proxies, int maxConnections, int budget, int port) throws Exception {
        DemoCertificate certificate = DemoCertificate.create();
        EmbeddedMariaDb database;
        try {
            database = EmbeddedMariaDb.start(maxConnections, List.of());
        } catch (Exception e) {
            certificate.close();
            throw e;
        }
        try {
            createAccount(database);
            ProxyMetrics metrics = new ProxyMetrics();
            ProxyLifecycle proxy = proxies.create(config(database, certificate, budget, port), metrics);
            proxy.start();
            AdminServer http = AdminServer.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), metrics::scrape, proxy);
            return new DemoSite(database, certificate, metrics, proxy, http);
        } catch (Exception e) {
            database.close();
            certificate.close();
            throw e;
        }
    }

    private static void createAccount(EmbeddedMariaDb database) throws SQLException {
        try (Connection administrator = database.administrator();
                Statement sql = administrator.createStatement()) {
            sql.execute("CREATE DATABASE " + SCHEMA);
            sql.execute("CREATE USER '" + USER + "'@'%' IDENTIFIED BY '" + PASSWORD + "'");
            sql.execute("GRANT ALL ON " + SCHEMA + ".* TO '" + USER + "'@'%'");
        }
    }

    private static ProxyConfig config(EmbeddedMariaDb database, DemoCertificate certificate, int budget, int port)
            throws Exception {
        return new ConfigLoader(Map.of(
                        "CONNBUDGET_LISTEN",
                        EmbeddedMariaDb.HOST + ":" + port,
                        "CONNBUDGET_BACKEND_ADDRESS",
                        EmbeddedMariaDb.HOST + ":" + database.port(),
                        "CONNBUDGET_BACKEND_USER",
                        USER,
                        "CONNBUDGET_BACKEND_PASSWORD",
                        PASSWORD,
                        "CONNBUDGET_BUDGET_MAX_CONNECTIONS",
                        String.valueOf(budget),
                        "CONNBUDGET_FRONTEND_TLS_MODE",
                        "prefer",
                        "CONNBUDGET_FRONTEND_TLS_CERTIFICATE",
                        certificate.certificate().toString(),
                        "CONNBUDGET_FRONTEND_TLS_KEY",
                        certificate.key().toString(),
                        // Everybody comes at once here, on a machine that also runs the database and the load.
                        "CONNBUDGET_BUDGET_QUEUE_TIMEOUT",
                        "60s",
                        // They all wait, and the demo says so itself.
                        "CONNBUDGET_LOG_SLOW_WAIT",
                        "0s"))
                .load(null, Map.of())
                .config();
    }

    EmbeddedMariaDb database() {
        return database;
    }

    /** PEM file of what clients may verify TLS with. */
    Path certificate() {
        return certificate.certificate();
    }

    int proxyPort() {
        return proxy.clientAddress().getPort();
    }

    int httpPort() {
        return http.address().getPort();
    }

    /** Ends the proxy, then the database, and deletes the data. Any thread; the second call does nothing. */
    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (certificate;
                database;
                metrics;
                proxy;
                http) {
            proxy.drain(DRAIN_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
