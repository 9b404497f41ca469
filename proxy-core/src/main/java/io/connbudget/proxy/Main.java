package io.connbudget.proxy;

import io.connbudget.proxy.cli.CommandLineApp;
import io.connbudget.proxy.cli.ProxyLifecycle;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.net.NettyDefaults;
import java.security.Security;

/** The process: the command line around the proxy. */
public final class Main {
    /** Longest time for one HTTP request to come in, or its answer to go out; seconds. */
    private static final String HTTP_LIMIT_SECONDS = "10";

    private static final String ADDRESS_LIFE_SECONDS = "5";

    private Main() {}

    /** Ends the process with the command's exit code. */
    public static void main(String[] arguments) {
        // The JDK's HTTP server takes its limits from here alone; without them a client that sends half a request holds
        // a thread for ever.
        System.setProperty("sun.net.httpserver.maxReqTime", HTTP_LIMIT_SECONDS);
        System.setProperty("sun.net.httpserver.maxRspTime", HTTP_LIMIT_SECONDS);
        // A failover by DNS is a name that changes; the runtime's own 30 s, and 10 s for one that is not there, are
        // waiting for clients.
        Security.setProperty("networkaddress.cache.ttl", ADDRESS_LIFE_SECONDS);
        Security.setProperty("networkaddress.cache.negative.ttl", "1");
        NettyDefaults.set();
        System.exit(new CommandLineApp(Main::proxy, System.getenv()).run(arguments));
    }

    private static ProxyLifecycle proxy(ProxyConfig config, ProxyMetrics metrics) {
        return new ProxyServer(config, metrics);
    }
}
