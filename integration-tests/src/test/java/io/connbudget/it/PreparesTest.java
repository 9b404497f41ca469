package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;

/**
 * How many statements are prepared on backends for what clients prepare: sysbench's read and write transactions, 256
 * clients on 16 backends. Each backend must prepare each statement once; that alone is 16 of 256 for clients that prepare
 * each statement once. What the proxy adds to it is measured in the second run, in which the backends have them.
 */
@Tag("clients")
final class PreparesTest {
    private static final int BUDGET = 16;
    private static final String CLIENT_PREPARES = "connbudget_client_prepares_total";
    private static final String BACKEND_PREPARES = "connbudget_backend_prepares_total";

    @OnOneServer
    void backendsPrepareLessThanOnePercentOfWhatClientsDo(TestDatabase database) throws Exception {
        ClientProgram.program("sysbench", "sysbench");
        try (ProxyProcess proxy = ProxyProcess.start(
                        database, BUDGET, new ProxyProcess.Settings().set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "60s"));
                PinWatch pins = new PinWatch(proxy)) {
            String cold = run(proxy);
            double clientsBefore = proxy.metric(CLIENT_PREPARES);
            double backendsBefore = proxy.metric(BACKEND_PREPARES);
            run(proxy);
            double clients = proxy.metric(CLIENT_PREPARES) - clientsBefore;
            double backends = proxy.metric(BACKEND_PREPARES) - backendsBefore;
            System.out.printf(
                    "%s: first run %s; then %.0f of %.0f prepares of clients, %.2f %%; pins seen: %s; backends discarded: %.0f%n",
                    database,
                    cold,
                    backends,
                    clients,
                    100 * backends / clients,
                    pins.seen(),
                    proxy.metric("connbudget_backends_discarded_total"));
            assertThat(clients).as("prepares of clients").isGreaterThan(9000);
            assertThat(backends / clients)
                    .as("backend prepares of client prepares")
                    .isLessThan(0.01);
            assertThat(pins.seen()).as("pins outside transactions").isEmpty();
        }
    }

    private static String run(ProxyProcess proxy) throws Exception {
        double clients = proxy.metric(CLIENT_PREPARES);
        double backends = proxy.metric(BACKEND_PREPARES);
        ClientProgram.run(proxy.target(), "bash", "sysbench.sh", "auto", "256", "2000");
        return "%.0f of %.0f"
                .formatted(proxy.metric(BACKEND_PREPARES) - backends, proxy.metric(CLIENT_PREPARES) - clients);
    }
}
