package io.connbudget.proxy.cli;

import io.connbudget.proxy.admin.AdminServer;
import io.connbudget.proxy.config.HostPort;
import io.connbudget.proxy.config.LoadedConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.identity.LoginBackOff;
import io.connbudget.proxy.logging.LogKeys;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.operate.OperateException;
import io.connbudget.proxy.operate.ProxyControl;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A proxy as a foreground process: HTTP first, so that probes see the start; then clients; then a signal, a drain and the end. */
final class ForegroundProxy {
    private static final Logger LOG = LoggerFactory.getLogger(ForegroundProxy.class);

    private final ProxyFactory proxies;
    private final Signals signals;

    ForegroundProxy(ProxyFactory proxies, Signals signals) {
        this.proxies = proxies;
        this.signals = signals;
    }

    /** Returns the exit code after the drain, or after a failed start. */
    int run(LoadedConfig loaded, ServedConfig served) throws InterruptedException {
        loaded.warnings()
                .forEach(warning -> LOG.atWarn()
                        .addKeyValue(LogKeys.EVENT, "config_warning")
                        .log(warning));
        ProxyConfig config = loaded.config();
        LogSetup.use(config.log().format());
        ProxyHost host = new Host(served, signals);
        try (ProxyMetrics metrics = new ProxyMetrics();
                ProxyLifecycle proxy = proxies.create(config, metrics);
                AdminServer http = startHttp(config, metrics, proxy);
                Console console = new Console(config, proxy, host)) {
            signals.onHangUp(() -> reload(proxy.control(host)));
            // Before the start: a signal between readiness and here would end the process without a drain.
            signals.install();
            if (!start(proxy, config)) {
                return ExitCodes.FAILURE;
            }
            console.listen();
            logServing(config, proxy.clientAddress(), http, console.address());
            String signal = signals.awaitFirst();
            // After a SHUTDOWN without WAIT clients are told, and that is all.
            drain(
                    proxy,
                    signal.equals(Host.AT_ONCE)
                            ? Duration.ZERO
                            : proxy.config(config).drainTimeout(),
                    signal);
            return ExitCodes.OK;
        } catch (IOException e) {
            LOG.atError()
                    .addKeyValue(LogKeys.EVENT, "start_failed")
                    .addKeyValue(LogKeys.HTTP, config.http())
                    .addKeyValue(LogKeys.CONSOLE, config.console())
                    .log("HTTP or the console cannot listen: {}", String.valueOf(e.getMessage()));
            return ExitCodes.FAILURE;
        }
    }

    private static @Nullable AdminServer startHttp(ProxyConfig config, ProxyMetrics metrics, ProxyLifecycle proxy)
            throws IOException {
        HostPort address = config.http();
        return address == null
                ? null
                : AdminServer.start(
                        address.resolve(),
                        metrics::scrape,
                        proxy,
                        proxy.view(),
                        () -> proxy.config(config).admin(),
                        new LoginBackOff(() -> proxy.config(config).frontend().door()));
    }

    private static boolean start(ProxyLifecycle proxy, ProxyConfig config) throws InterruptedException {
        try {
            proxy.start();
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            LOG.atError()
                    .addKeyValue(LogKeys.EVENT, "start_failed")
                    .addKeyValue(LogKeys.LISTEN, config.listen())
                    .addKeyValue(LogKeys.BACKEND_ADDRESS, config.backend().address())
                    .setCause(e)
                    .log();
            return false;
        }
    }

    private static void reload(@Nullable ProxyControl control) {
        if (control == null) {
            return;
        }
        try {
            control.reload();
        } catch (OperateException e) {
            // The control has logged it, and nothing changed.
            LOG.debug("SIGHUP changed nothing", e);
        }
    }

    private static void logServing(
            ProxyConfig config,
            InetSocketAddress clients,
            @Nullable AdminServer http,
            @Nullable InetSocketAddress console) {
        LOG.atInfo()
                .addKeyValue(LogKeys.EVENT, "serving")
                .addKeyValue(LogKeys.LISTEN, text(clients))
                .addKeyValue(LogKeys.HTTP, http == null ? "off" : text(http.address()))
                .addKeyValue(LogKeys.CONSOLE, console == null ? "off" : text(console))
                .addKeyValue(LogKeys.BUDGET, config.budget().maxConnections())
                .addKeyValue(LogKeys.BACKEND_ADDRESS, config.backend().address())
                .addKeyValue(LogKeys.HANDOFF, config.handoff().name().toLowerCase(Locale.ROOT))
                .addKeyValue(LogKeys.VERSION, CommandLineApp.version())
                .addKeyValue(
                        LogKeys.MILLIS, ManagementFactory.getRuntimeMXBean().getUptime())
                .log();
    }

    private static void drain(ProxyLifecycle proxy, Duration deadline, String signal) throws InterruptedException {
        LOG.atInfo()
                .addKeyValue(LogKeys.EVENT, "draining")
                .addKeyValue(LogKeys.SIGNAL, signal)
                .addKeyValue(LogKeys.MILLIS, deadline.toMillis())
                .log();
        long startNanos = System.nanoTime();
        proxy.drain(deadline);
        LOG.atInfo()
                .addKeyValue(LogKeys.EVENT, "drained")
                .addKeyValue(LogKeys.MILLIS, (System.nanoTime() - startNanos) / 1_000_000)
                .log();
    }

    private static String text(InetSocketAddress address) {
        return new HostPort(address.getHostString(), address.getPort()).toString();
    }
}
