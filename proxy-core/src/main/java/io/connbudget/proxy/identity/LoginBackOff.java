package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.DoorConfig;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Makes failed logins slow for the source ({@link SourceNetwork}) that they come from: after the allowed number, each failure is answered later
 * than the one before. What succeeds is never slowed down, so that one worker with an old password on a host does not lock
 * out the others. Thread-safe; its memory is bounded.
 */
public final class LoginBackOff {
    /** The longest wait is this many doublings of the first. */
    private static final int MAX_DOUBLINGS = 6;

    private static final int MAX_SOURCES = 50_000;

    private final Supplier<DoorConfig> config;
    private final Map<InetAddress, Failures> bySource = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Failures> eldest) {
            return size() > MAX_SOURCES;
        }
    };

    private static final class Failures {
        int count;
        long lastNanos;
    }

    public LoginBackOff(DoorConfig config) {
        this(() -> config);
    }

    /** @param config asked at each failure; failures stay counted when it changes */
    public LoginBackOff(Supplier<DoorConfig> config) {
        this.config = config;
    }

    /** Counts a failure. @return how long its answer is to be held back, 0 for not at all */
    public long failed(InetAddress source, long nowNanos) {
        DoorConfig door = config.get();
        if (door.failedLogins() == DoorConfig.NO_BACK_OFF) {
            return 0;
        }
        long firstNanos = door.backOff().toNanos();
        int beyond = count(SourceNetwork.of(source), nowNanos, firstNanos << (MAX_DOUBLINGS + 1)) - door.failedLogins();
        return beyond <= 0 ? 0 : firstNanos << Math.min(beyond - 1, MAX_DOUBLINGS);
    }

    private synchronized int count(InetAddress network, long nowNanos, long forgetNanos) {
        Failures failures = bySource.computeIfAbsent(network, address -> new Failures());
        if (failures.count > 0 && nowNanos - failures.lastNanos > forgetNanos) {
            failures.count = 0;
        }
        failures.lastNanos = nowNanos;
        return ++failures.count;
    }
}
