package io.connbudget.proxy.frontend;

import io.connbudget.proxy.identity.SourceNetwork;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many client connections have not logged in, in all and by source ({@link SourceNetwork}). Thread-safe. */
final class ClientLimits {
    private volatile int maxUnauthenticated;
    private volatile int maxPerSource;
    private final AtomicInteger unauthenticated = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> bySource = new ConcurrentHashMap<>();
    private volatile boolean draining;

    ClientLimits(int maxUnauthenticated, int maxPerSource) {
        this.maxUnauthenticated = maxUnauthenticated;
        this.maxPerSource = maxPerSource;
    }

    /** Other limits for those who come from here on. */
    void limit(int unauthenticated, int perSource) {
        maxUnauthenticated = unauthenticated;
        maxPerSource = perSource;
    }

    int maxUnauthenticated() {
        return maxUnauthenticated;
    }

    int maxPerSource() {
        return maxPerSource;
    }

    /** Counts a connection in; false when there are too many, and it is not counted. */
    boolean enter() {
        if (unauthenticated.incrementAndGet() > maxUnauthenticated) {
            unauthenticated.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Counts a connection of {@link #enter} for its address, too; false when there are too many, and it is not counted there. */
    boolean enter(InetAddress source) {
        boolean[] entered = new boolean[1];
        bySource.compute(SourceNetwork.of(source), (address, known) -> {
            int before = known == null ? 0 : known;
            entered[0] = before < maxPerSource;
            return entered[0] ? before + 1 : known;
        });
        return entered[0];
    }

    /** Counts a connection out that is not counted for an address. */
    void leave() {
        unauthenticated.decrementAndGet();
    }

    /** Counts a connection out: it has logged in, or is gone. */
    void leave(InetAddress source) {
        unauthenticated.decrementAndGet();
        bySource.computeIfPresent(SourceNetwork.of(source), (address, known) -> known <= 1 ? null : known - 1);
    }

    boolean draining() {
        return draining;
    }

    void drain() {
        draining = true;
    }
}
