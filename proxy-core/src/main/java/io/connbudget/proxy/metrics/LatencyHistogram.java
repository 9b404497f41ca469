package io.connbudget.proxy.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.util.List;
import java.util.function.BiConsumer;

/** Publishes the bucket counters of all event loops as one Prometheus histogram, in seconds. */
final class LatencyHistogram implements Collector {
    private final String name;
    private final String help;
    private final List<LoopMetrics> loops;
    private final BiConsumer<LoopMetrics, long[]> addBuckets;
    private final int sumCounter;

    LatencyHistogram(
            String name,
            String help,
            List<LoopMetrics> loops,
            BiConsumer<LoopMetrics, long[]> addBuckets,
            int sumCounter) {
        this.name = name;
        this.help = help;
        this.loops = loops;
        this.addBuckets = addBuckets;
        this.sumCounter = sumCounter;
    }

    @Override
    public String getPrometheusName() {
        return name;
    }

    @Override
    public HistogramSnapshot collect() {
        long[] counts = new long[LatencyBuckets.COUNT];
        long sumNanos = 0;
        for (LoopMetrics loop : loops) {
            addBuckets.accept(loop, counts);
            sumNanos += loop.read(sumCounter);
        }
        double[] bounds = LatencyBuckets.upperBoundsSeconds();
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < counts.length; i++) {
            buckets.bucket(bounds[i], counts[i]);
        }
        return HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum(sumNanos / 1e9)
                        .build())
                .build();
    }
}
