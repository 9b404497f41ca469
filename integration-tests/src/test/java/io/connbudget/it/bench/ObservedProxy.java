package io.connbudget.it.bench;

import io.connbudget.proxy.ProxyServer;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.session.ReplaySwitches;
import java.util.Map;

/**
 * The proxy as {@code serve} starts it, configured by the environment, or one that looks at no statement and has no session
 * tracked: the pair shows what that costs. The second one is wrong for all but such loads as sysbench's.
 */
public final class ObservedProxy {
    private ObservedProxy() {}

    /** Serves until it is ended; with the argument {@code unobserved} the second one. */
    public static void main(String[] arguments) throws Exception {
        boolean observed = arguments.length == 0;
        new ProxyServer(
                        new ConfigLoader(System.getenv()).load(null, Map.of()).config(),
                        new ProxyMetrics(),
                        observed ? ReplaySwitches.ALL_ON : ReplaySwitches.UNOBSERVED)
                .start();
        Thread.currentThread().join();
    }
}
