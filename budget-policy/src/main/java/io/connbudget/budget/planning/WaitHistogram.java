package io.connbudget.budget.planning;

/** Counts of durations in nanoseconds, in buckets at most 1/64 wide relative to their value. */
public final class WaitHistogram {
    private static final int SUB_BITS = 6;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] counts = new long[(Long.SIZE - SUB_BITS) * SUB];
    private long count;
    private long max;
    private double sum;

    /** Counts one duration, 0 or more. */
    public void add(long nanos) {
        counts[bucket(nanos)]++;
        count++;
        sum += nanos;
        max = Math.max(max, nanos);
    }

    void addAll(WaitHistogram other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        count += other.count;
        sum += other.sum;
        max = Math.max(max, other.max);
    }

    public long count() {
        return count;
    }

    public long maxNanos() {
        return max;
    }

    public double meanNanos() {
        return count == 0 ? 0 : sum / count;
    }

    /** The duration that a share of all stays within, up to 1/64 too high; 0 without any. */
    public long quantileNanos(double quantile) {
        long rank = (long) Math.ceil(quantile * count);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank && seen > 0) {
                return Math.min(max, top(i));
            }
        }
        return max;
    }

    /** Share of the durations that are in the bucket of a value or below it, 0 to 1; 0 without any. */
    public double shareWithin(long nanos) {
        long within = 0;
        for (int i = 0; i <= bucket(nanos); i++) {
            within += counts[i];
        }
        return count == 0 ? 0 : (double) within / count;
    }

    private static int bucket(long nanos) {
        int shift = Math.max(0, Long.SIZE - SUB_BITS - 1 - Long.numberOfLeadingZeros(nanos));
        return shift * SUB + (int) (nanos >>> shift);
    }

    private static long top(int bucket) {
        int shift = Math.max(0, bucket / SUB - 1);
        long mantissa = bucket - (long) shift * SUB;
        return ((mantissa + 1) << shift) - 1;
    }
}
