package io.connbudget.it.bench;

import java.util.Arrays;
import java.util.Map;

/** Latencies of one measurement, in milliseconds. */
final class Latencies {
    private double[] millis = new double[1024];
    private int count;

    void add(double value) {
        if (count == millis.length) {
            millis = Arrays.copyOf(millis, count * 2);
        }
        millis[count++] = value;
    }

    int count() {
        return count;
    }

    double[] values() {
        return Arrays.copyOf(millis, count);
    }

    /** Puts p50, p95, p99 and p999. */
    void putInto(Map<String, Double> figures) {
        if (count == 0) {
            return;
        }
        Arrays.sort(millis, 0, count);
        figures.put("p50_ms", percentile(0.5));
        figures.put("p95_ms", percentile(0.95));
        figures.put("p99_ms", percentile(0.99));
        figures.put("p999_ms", percentile(0.999));
    }

    private double percentile(double share) {
        return millis[(int) Math.min(count - 1L, Math.ceil(share * count) - 1)];
    }
}
