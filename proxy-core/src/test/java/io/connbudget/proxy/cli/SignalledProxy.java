package io.connbudget.proxy.cli;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A process for {@link ProcessSignalsTest}: serve, with a proxy that drains at once, or never when its argument is {@code stuck}. */
final class SignalledProxy implements ProxyLifecycle {
    private final boolean stuck;

    private SignalledProxy(boolean stuck) {
        this.stuck = stuck;
    }

    public static void main(String[] arguments) {
        boolean stuck = arguments[0].equals("stuck");
        System.exit(new CommandLineApp(
                        (config, metrics) -> new SignalledProxy(stuck), Map.of("CONNBUDGET_BACKEND_PASSWORD", "x"))
                .run("serve", "--http", "off", "--backend", "127.0.0.1:1", "--user", "u", "--budget", "1"));
    }

    @Override
    public void start() {}

    @Override
    public InetSocketAddress clientAddress() {
        return InetSocketAddress.createUnresolved("127.0.0.1", 3307);
    }

    @Override
    public Optional<String> notReadyReason() {
        return Optional.empty();
    }

    @Override
    public void drain(Duration deadline) throws InterruptedException {
        if (stuck) {
            new CountDownLatch(1).await();
        }
    }

    @Override
    public void close() {}
}
