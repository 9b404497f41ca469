package io.connbudget.proxy;

import io.connbudget.budget.Snapshot;
import io.connbudget.budget.Snapshot.ClassSnapshot;
import io.connbudget.proxy.lease.ClientFacts;
import io.connbudget.proxy.lease.Lease;
import io.connbudget.proxy.lease.LeaseDesk;
import io.connbudget.proxy.metrics.ClassSample;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.metrics.Totals;
import io.connbudget.proxy.operate.SampleRow;
import io.connbudget.proxy.operate.StatsRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Looks at the proxy once a second and keeps the last minutes. {@link #sample} is called by one thread; all else is thread-safe. */
final class Sampler {
    private static final int KEPT = 300;
    /** Seconds that the means of SHOW STATS are over. */
    private static final int MEAN_OVER = 10;

    private final ProxyMetrics metrics;
    private final LeaseDesk desk;
    private final ClientSurvey survey;
    private final SlowClients slow;
    private final long[] bounds = Totals.waitBoundsNanos();
    private final ArrayDeque<SampleRow> samples = new ArrayDeque<>();
    private final ArrayDeque<Totals> recent = new ArrayDeque<>();

    Sampler(ProxyMetrics metrics, LeaseDesk desk, ClientSurvey survey, SlowClients slow) {
        this.metrics = metrics;
        this.desk = desk;
        this.survey = survey;
        this.slow = slow;
        recent.addLast(metrics.totals());
    }

    /** Takes the sample of the second that ends now. */
    void sample() {
        List<ClientFacts> busy = survey.clients(client -> client.lease().phase() != Lease.Phase.FREE);
        slow.look(busy, System.nanoTime());
        Totals now = metrics.totals();
        Snapshot budget = desk.snapshot();
        metrics.classes(budget.classes().stream()
                .map(each ->
                        new ClassSample(each.limits().name(), each.inUse(), each.waiting(), each.oldestWaitNanos()))
                .toList());
        int held = (int) busy.stream().filter(Holders::isSilent).count();
        int holders =
                (int) busy.stream().filter(client -> client.backendId() != 0).count();
        long oldest = budget.classes().stream()
                .mapToLong(ClassSnapshot::oldestWaitNanos)
                .max()
                .orElse(0);
        synchronized (this) {
            Totals before = recent.getLast();
            long[] waits = difference(now.waitBuckets(), before.waitBuckets());
            samples.addLast(new SampleRow(
                    System.currentTimeMillis(),
                    now.leases() - before.leases(),
                    now.commands() - before.commands(),
                    now.refused() - before.refused(),
                    now.errors() - before.errors(),
                    holders - held,
                    held,
                    budget.waiting(),
                    oldest / 1_000_000,
                    percentile(waits, 50),
                    percentile(waits, 95),
                    percentile(waits, 99)));
            recent.addLast(now);
            if (samples.size() > KEPT) {
                samples.removeFirst();
            }
            if (recent.size() > MEAN_OVER + 1) {
                recent.removeFirst();
            }
        }
    }

    synchronized List<SampleRow> samples() {
        return new ArrayList<>(samples);
    }

    synchronized StatsRow stats(String database) {
        Totals now = metrics.totals();
        Totals from = recent.getFirst();
        Totals to = recent.getLast();
        long seconds = Math.max(1, recent.size() - 1);
        long leases = to.leases() - from.leases();
        return new StatsRow(
                database,
                now.leases(),
                now.commands(),
                now.bytesToBackend(),
                now.bytesToClient(),
                now.leaseNanos() / 1000,
                now.waitNanos() / 1000,
                now.refused(),
                leases / seconds,
                (to.commands() - from.commands()) / seconds,
                (to.bytesToBackend() - from.bytesToBackend()) / seconds,
                (to.bytesToClient() - from.bytesToClient()) / seconds,
                leases == 0 ? 0 : (to.leaseNanos() - from.leaseNanos()) / 1000 / leases,
                leases == 0 ? 0 : (to.waitNanos() - from.waitNanos()) / 1000 / leases);
    }

    private static long[] difference(long[] now, long[] before) {
        long[] difference = new long[now.length];
        for (int i = 0; i < now.length; i++) {
            difference[i] = now[i] - before[i];
        }
        return difference;
    }

    /** The upper bound of the bucket in which the percentile lies, milliseconds; beyond the last bound that bound. */
    private double percentile(long[] counts, int percent) {
        long all = 0;
        for (long count : counts) {
            all += count;
        }
        long wanted = (all * percent + 99) / 100;
        long seen = 0;
        for (int i = 0; i < counts.length && all > 0; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return bounds[Math.min(i, bounds.length - 1)] / 1e6;
            }
        }
        return 0;
    }
}
