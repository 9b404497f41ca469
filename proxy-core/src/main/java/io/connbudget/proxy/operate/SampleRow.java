package io.connbudget.proxy.operate;

/**
 * One second of the proxy's life.
 *
 * @param time milliseconds since 1970, at its end
 * @param leases leases that ended
 * @param commands commands of clients
 * @param refused statements that got no backend
 * @param errors errors that the proxy gave to clients
 * @param running holders whose statement runs
 * @param held holders that are silent
 * @param waiting waiters at its end
 * @param oldestWaitMs of the oldest waiter, milliseconds
 * @param waitP50Ms wait for a backend that half of the leases did not exceed, milliseconds, as far as the buckets tell; so the two below
 */
public record SampleRow(
        long time,
        long leases,
        long commands,
        long refused,
        long errors,
        int running,
        int held,
        int waiting,
        long oldestWaitMs,
        double waitP50Ms,
        double waitP95Ms,
        double waitP99Ms) {}
