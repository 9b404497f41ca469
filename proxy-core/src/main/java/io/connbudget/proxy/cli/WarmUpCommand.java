package io.connbudget.proxy.cli;

import io.connbudget.proxy.admin.AdminServer;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.metrics.ProxyMetrics;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/**
 * Loads the classes of a start and ends, for the launcher to make an archive of them ({@code -XX:ArchiveClassesAtExit}). It listens on ports of the
 * loopback interface that the system picks, and its database is an address where nothing listens.
 */
@Command(name = "warm-up", hidden = true, description = "Load the classes of a start and end.")
final class WarmUpCommand implements Callable<Integer> {
    private static final Map<String, String> SETTINGS = Map.of(
            "CONNBUDGET_LISTEN", "127.0.0.1:0",
            "CONNBUDGET_BACKEND_ADDRESS", "127.0.0.1:1",
            "CONNBUDGET_BACKEND_USER", "nobody",
            "CONNBUDGET_BACKEND_PASSWORD", "none",
            "CONNBUDGET_BUDGET_MAX_CONNECTIONS", "1");

    private final ProxyFactory proxies;

    WarmUpCommand(ProxyFactory proxies) {
        this.proxies = proxies;
    }

    @Override
    public Integer call() throws Exception {
        ProxyConfig config = new ConfigLoader(SETTINGS).load(null, Map.of()).config();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (ProxyMetrics metrics = new ProxyMetrics();
                ProxyLifecycle proxy = proxies.create(config, metrics);
                AdminServer http = AdminServer.start(anyPort, metrics::scrape, proxy)) {
            proxy.start();
            URI uri = URI.create("http://127.0.0.1:" + http.address().getPort() + "/metrics");
            try (InputStream answer = uri.toURL().openStream()) {
                LoggerFactory.getLogger(WarmUpCommand.class)
                        .atInfo()
                        .log("{} bytes of metrics", answer.readAllBytes().length);
            }
        }
        return ExitCodes.OK;
    }
}
