package io.connbudget.it.session;

import io.connbudget.it.TestDatabase;
import io.connbudget.proxy.ProxyServer;
import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.session.ReplaySwitches;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** A proxy in the JVM of the test, ready for clients. */
final class InProcessProxy implements AutoCloseable {
    private static final long READY_LIMIT_NANOS = 20_000_000_000L;

    private final ProxyMetrics metrics = new ProxyMetrics();
    private final ProxyServer server;

    InProcessProxy(TestDatabase database, String handoff, int budget) {
        this(database, handoff, budget, ReplaySwitches.ALL_ON);
    }

    InProcessProxy(TestDatabase database, String handoff, int budget, ReplaySwitches switches) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("CONNBUDGET_LISTEN", "127.0.0.1:0");
        environment.put("CONNBUDGET_HTTP", "127.0.0.1:0");
        environment.put("CONNBUDGET_HANDOFF", handoff);
        environment.put("CONNBUDGET_EVENT_LOOPS", "2");
        environment.put("CONNBUDGET_BUDGET_MAX_CONNECTIONS", String.valueOf(budget));
        environment.put(
                "CONNBUDGET_BACKEND_ADDRESS",
                database.server().host() + ":" + database.server().port());
        environment.put("CONNBUDGET_BACKEND_USER", database.user());
        environment.put("CONNBUDGET_BACKEND_PASSWORD", database.password());
        // Few, so that what a backend has prepared comes and goes.
        environment.put("CONNBUDGET_SESSION_BACKEND_PREPARED_STATEMENTS", String.valueOf(4 * budget));
        try {
            server = new ProxyServer(
                    new ConfigLoader(environment).load(null, Map.of()).config(), metrics, switches);
        } catch (ConfigException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    InProcessProxy start() throws InterruptedException {
        server.start();
        long begin = System.nanoTime();
        while (server.notReadyReason().isPresent()) {
            if (System.nanoTime() - begin > READY_LIMIT_NANOS) {
                throw new IllegalStateException("the proxy is not ready: " + server.notReadyReason());
            }
            // Readiness is told to nobody: it is asked for.
            Thread.onSpinWait();
        }
        return this;
    }

    InetSocketAddress address() {
        return server.clientAddress();
    }

    /** Sessions that keep a backend at this moment, by {@code connbudget_sessions_pinned}, transactions left out. */
    double pinnedOutsideTransactions() {
        return pinned("reason=\"transaction\"");
    }

    /** Sessions that keep a backend at this moment for whatever reason. */
    double pinnedSessions() {
        return pinned("no reason");
    }

    /** Clients that have a backend. */
    double leases() {
        return sum("connbudget_leases_active");
    }

    /** Clients that wait for a backend. */
    double waiters() {
        return sum("connbudget_waiters");
    }

    private double sum(String metric) {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith(metric))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private double pinned(String leftOut) {
        double sum = 0;
        for (String line : metrics.scrape().split("\n")) {
            if (line.startsWith("connbudget_sessions_pinned{") && !line.contains(leftOut)) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    @Override
    public void close() {
        server.close();
        metrics.close();
    }
}
