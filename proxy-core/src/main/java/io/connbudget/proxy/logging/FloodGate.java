package io.connbudget.proxy.logging;

import java.util.concurrent.TimeUnit;

/** Lets a number of log lines of one kind through in each span of time and counts the others. Thread-safe. */
public final class FloodGate {
    private final int lines;
    private final long spanNanos;
    private long spanBegan = System.nanoTime();
    private int passed;
    private long suppressed;

    /** {@code lines} in each {@code seconds}, both at least 1. */
    public FloodGate(int lines, int seconds) {
        this.lines = lines;
        this.spanNanos = TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Whether a line may be written: how many were left out since the last one, or -1 if this one is left out. */
    public synchronized long pass(long nowNanos) {
        if (nowNanos - spanBegan >= spanNanos) {
            spanBegan = nowNanos;
            passed = 0;
        }
        if (passed == lines) {
            suppressed++;
            return -1;
        }
        passed++;
        long left = suppressed;
        suppressed = 0;
        return left;
    }
}
