package io.connbudget.proxy;

import io.connbudget.proxy.cli.CommandLineApp;
import io.connbudget.proxy.cli.ProxyLifecycle;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.metrics.ProxyMetrics;

/** The process: the command line around the proxy. */
public final class Main {
    private Main() {}

    /** Ends the process with the command's exit code. */
    public static void main(String[] arguments) {
        System.exit(new CommandLineApp(Main::proxy, System.getenv()).run(arguments));
    }

    private static ProxyLifecycle proxy(ProxyConfig config, ProxyMetrics metrics) {
        throw new UnsupportedOperationException("the composition root is plugged in here");
    }
}
