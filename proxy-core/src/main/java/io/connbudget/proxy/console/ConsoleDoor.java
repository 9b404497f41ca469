package io.connbudget.proxy.console;

import io.connbudget.proxy.identity.LoginBackOff;
import io.connbudget.proxy.identity.SourceNetwork;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps strangers from taking the console's few places, and from guessing: a login has a time-out, one source
 * ({@link SourceNetwork}) has few connections at their login, and its wrong passwords are answered later and later.
 * Thread-safe.
 */
public final class ConsoleDoor {
    /** Connections of one source at their login. */
    static final int MAX_STRANGERS = 8;

    private final Duration timeout;
    private final LoginBackOff backOff;
    private final ConcurrentHashMap<InetAddress, Integer> strangers = new ConcurrentHashMap<>();

    /** @param timeout of a login */
    public ConsoleDoor(Duration timeout, LoginBackOff backOff) {
        this.timeout = timeout;
        this.backOff = backOff;
    }

    Duration timeout() {
        return timeout;
    }

    /** Counts a connection in; false when its source has too many, and it is not counted. */
    boolean enter(InetAddress source) {
        boolean[] entered = new boolean[1];
        strangers.compute(SourceNetwork.of(source), (address, known) -> {
            int before = known == null ? 0 : known;
            entered[0] = before < MAX_STRANGERS;
            return entered[0] ? Integer.valueOf(before + 1) : known;
        });
        return entered[0];
    }

    /** Counts a connection of {@link #enter} out: it has logged in, or is gone. */
    void leave(InetAddress source) {
        strangers.computeIfPresent(SourceNetwork.of(source), (address, known) -> known <= 1 ? null : known - 1);
    }

    /** Counts a wrong password. @return how long its answer is to be held back, at most the time-out; 0 for not at all */
    long failed(InetAddress source, long nowNanos) {
        return Math.min(backOff.failed(source, nowNanos), timeout.toNanos());
    }
}
