package io.connbudget.proxy.metrics;

/**
 * What was counted since the start, over all event loops. Times are nanoseconds.
 *
 * @param leases leases that ended
 * @param refused statements that got no backend
 * @param errors errors that the proxy itself gave to clients
 * @param waitBuckets counts by {@link #waitBoundsNanos}; the last one has no upper bound
 */
@SuppressWarnings("ArrayRecordComponent")
public record Totals(
        long leases,
        long commands,
        long bytesToBackend,
        long bytesToClient,
        long leaseNanos,
        long waitNanos,
        long refused,
        long errors,
        long[] waitBuckets) {

    /** Upper bounds of the wait's buckets but the last. */
    public static long[] waitBoundsNanos() {
        return LatencyBuckets.upperBoundsNanos();
    }
}
