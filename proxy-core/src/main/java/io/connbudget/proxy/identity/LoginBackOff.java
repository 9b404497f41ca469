package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.DoorConfig;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes failed logins slow for the address that they come from: after the allowed number, each failure is answered later
 * than the one before. What succeeds is never slowed down, so that one worker with an old password on a host does not lock
 * out the others. Thread-safe; its memory is bounded.
 */
public final class LoginBackOff {
    /** The longest wait is this many doublings of the first. */
    private static final int MAX_DOUBLINGS = 6;

    private static final int MAX_SOURCES = 50_000;

    private int allowed;
    private long firstNanos;
    private long forgetNanos;
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
        reload(config);
    }

    /** Takes over another configuration; failures stay counted. */
    final synchronized void reload(DoorConfig config) {
        allowed = config.failedLogins();
        firstNanos = config.backOff().toNanos();
        forgetNanos = firstNanos << (MAX_DOUBLINGS + 1);
    }

    /** Counts a failure. @return how long its answer is to be held back, 0 for not at all */
    public synchronized long failed(InetAddress source, long nowNanos) {
        if (allowed == DoorConfig.NO_BACK_OFF) {
            return 0;
        }
        Failures failures = bySource.computeIfAbsent(source, address -> new Failures());
        if (failures.count > 0 && nowNanos - failures.lastNanos > forgetNanos) {
            failures.count = 0;
        }
        failures.lastNanos = nowNanos;
        failures.count++;
        int beyond = failures.count - allowed;
        return beyond <= 0 ? 0 : firstNanos << Math.min(beyond - 1, MAX_DOUBLINGS);
    }
}
