package io.connbudget.proxy.frontend;

import java.util.concurrent.atomic.AtomicInteger;

/** How many client connections are open and how many of them have not logged in. Thread-safe. */
final class ClientLimits {
    private final int maxUnauthenticated;
    private final AtomicInteger unauthenticated = new AtomicInteger();
    private volatile boolean draining;

    ClientLimits(int maxUnauthenticated) {
        this.maxUnauthenticated = maxUnauthenticated;
    }

    int maxUnauthenticated() {
        return maxUnauthenticated;
    }

    /** Counts a connection in; false when there are too many, and it is not counted. */
    boolean enter() {
        if (unauthenticated.incrementAndGet() > maxUnauthenticated) {
            unauthenticated.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Counts a connection out: it has logged in, or is gone. */
    void leave() {
        unauthenticated.decrementAndGet();
    }

    boolean draining() {
        return draining;
    }

    void drain() {
        draining = true;
    }
}
