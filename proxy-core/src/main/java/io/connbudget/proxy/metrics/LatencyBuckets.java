package io.connbudget.proxy.metrics;

/** Bucket bounds of the proxy's latency histograms: 1-2.5-5 steps from 10 µs to 60 s, a last one without bound. */
final class LatencyBuckets {
    private static final long[] UPPER_BOUNDS_NANOS = {
        10_000L,
        25_000L,
        50_000L,
        100_000L,
        250_000L,
        500_000L,
        1_000_000L,
        2_500_000L,
        5_000_000L,
        10_000_000L,
        25_000_000L,
        50_000_000L,
        100_000_000L,
        250_000_000L,
        500_000_000L,
        1_000_000_000L,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L,
        30_000_000_000L,
        60_000_000_000L,
    };

    /** The last bucket is the one without an upper bound. */
    static final int COUNT = UPPER_BOUNDS_NANOS.length + 1;

    private LatencyBuckets() {}

    /** Index of the bucket whose upper bound is the first that is not below {@code nanos}; negative values fall into the first. */
    static int index(long nanos) {
        int low = 0;
        int high = COUNT - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nanos <= UPPER_BOUNDS_NANOS[middle]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** A copy of the upper bounds, without the last bucket's. */
    static long[] upperBoundsNanos() {
        return UPPER_BOUNDS_NANOS.clone();
    }

    /** Upper bounds in seconds, as Prometheus wants them, {@code +Inf} last. */
    static double[] upperBoundsSeconds() {
        double[] seconds = new double[COUNT];
        for (int i = 0; i < UPPER_BOUNDS_NANOS.length; i++) {
            seconds[i] = UPPER_BOUNDS_NANOS[i] / 1e9;
        }
        seconds[COUNT - 1] = Double.POSITIVE_INFINITY;
        return seconds;
    }
}
