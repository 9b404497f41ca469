package io.connbudget.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.error.ErrorOrigin;
import io.connbudget.proxy.error.ProxyError;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProxyMetricsTest {
    private final ProxyMetrics metrics = new ProxyMetrics();

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void countersOfAllLoopsAreSummed() {
        LoopMetrics first = metrics.newLoop();
        LoopMetrics second = metrics.newLoop();
        first.clientOpened();
        first.clientOpened();
        second.clientOpened();
        first.clientAuthenticated();
        first.clientClosed(true);
        second.clientClosed(false);
        first.leaseStarted();
        second.leaseStarted();
        second.leaseTime(1_000);
        second.handoff();
        first.backendDiscarded();
        first.bytesToBackend(10);
        second.bytesToBackend(5_000_000_000L);
        first.bytesToClient(7);
        first.prologueBytes(9);
        first.clientPrepare();
        first.backendPrepare();
        first.backendPrepare();

        assertThat(metrics.scrape().lines())
                .contains(
                        "connbudget_clients 1.0",
                        "connbudget_clients_unauthenticated 1.0",
                        "connbudget_clients_accepted_total 3.0",
                        "connbudget_leases_total 2.0",
                        "connbudget_leases_active 1.0",
                        "connbudget_handoffs_total 1.0",
                        "connbudget_backends_discarded_total 1.0",
                        "connbudget_client_to_backend_bytes_total 5.00000001E9",
                        "connbudget_backend_to_client_bytes_total 7.0",
                        "connbudget_prologue_bytes_total 9.0",
                        "connbudget_client_prepares_total 1.0",
                        "connbudget_backend_prepares_total 2.0");
    }

    @Test
    void commandsAndErrorsHaveTheirTags() {
        LoopMetrics loop = metrics.newLoop();
        loop.command(0x03);
        loop.command(0x03);
        loop.command(0x1f);
        loop.command(0x20);
        loop.command(0xfe);
        loop.command(-1);
        loop.error(ProxyError.QUEUE_FULL);
        loop.error(ErrorOrigin.NETWORK);
        metrics.backgroundError(ErrorOrigin.BUDGET);

        assertThat(metrics.scrape().lines())
                .contains(
                        "connbudget_commands_total{command=\"query\"} 2.0",
                        "connbudget_commands_total{command=\"reset_connection\"} 1.0",
                        "connbudget_commands_total{command=\"other\"} 3.0",
                        "connbudget_commands_total{command=\"ping\"} 0.0",
                        "connbudget_error_replies_total{reason=\"queue_full\"} 1.0",
                        "connbudget_errors_total{origin=\"budget\"} 2.0",
                        "connbudget_errors_total{origin=\"network\"} 1.0",
                        "connbudget_errors_total{origin=\"client\"} 0.0");
    }

    @Test
    void gaugesOfOthersAreRead() {
        metrics.registerWaiters(() -> 3);
        metrics.registerBudget(() -> 16);
        metrics.registerPinnedSessions(Map.of("transaction", () -> 2, "temporary_table", () -> 1));
        metrics.registerBackends(Map.of("idle", () -> 4, "leased", () -> 5));

        assertThat(metrics.scrape().lines())
                .contains(
                        "connbudget_waiters 3.0",
                        "connbudget_budget_connections 16.0",
                        "connbudget_sessions_pinned{reason=\"transaction\"} 2.0",
                        "connbudget_sessions_pinned{reason=\"temporary_table\"} 1.0",
                        "connbudget_backends{state=\"idle\"} 4.0",
                        "connbudget_backends{state=\"leased\"} 5.0");
    }

    @Test
    void histogramsAreCumulativeInSecondsOverAllLoops() {
        LoopMetrics first = metrics.newLoop();
        LoopMetrics second = metrics.newLoop();
        first.queueWait(0);
        first.queueWait(10_000);
        second.queueWait(10_001);
        second.queueWait(2_000_000_000L);
        first.queueWait(120_000_000_000L);

        assertThat(metrics.scrape().lines())
                .contains(
                        "# TYPE connbudget_queue_wait_seconds histogram",
                        "connbudget_queue_wait_seconds_bucket{le=\"1.0E-5\"} 2",
                        "connbudget_queue_wait_seconds_bucket{le=\"2.5E-5\"} 3",
                        "connbudget_queue_wait_seconds_bucket{le=\"1.0\"} 3",
                        "connbudget_queue_wait_seconds_bucket{le=\"2.5\"} 4",
                        "connbudget_queue_wait_seconds_bucket{le=\"60.0\"} 4",
                        "connbudget_queue_wait_seconds_bucket{le=\"+Inf\"} 5",
                        "connbudget_queue_wait_seconds_count 5",
                        "connbudget_queue_wait_seconds_sum 122.000020001",
                        "connbudget_lease_time_seconds_count 0");
    }

    @Test
    void bucketsHoldTheirUpperBound() {
        double[] bounds = LatencyBuckets.upperBoundsSeconds();
        assertThat(bounds).isSorted().hasSize(LatencyBuckets.COUNT);
        for (int i = 0; i < bounds.length - 1; i++) {
            long nanos = Math.round(bounds[i] * 1e9);
            assertThat(LatencyBuckets.index(nanos)).isEqualTo(i);
            assertThat(LatencyBuckets.index(nanos + 1)).isEqualTo(i + 1);
        }
        assertThat(LatencyBuckets.index(-5)).isZero();
        assertThat(LatencyBuckets.index(Long.MAX_VALUE)).isEqualTo(LatencyBuckets.COUNT - 1);
    }

    @Test
    void hotPathAllocatesNothing() {
        LoopMetrics loop = metrics.newLoop();
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        count(loop, 20_000);
        long before = threads.getThreadAllocatedBytes(id);
        count(loop, 200_000);

        // What measuring allocates does not grow with the count.
        assertThat(threads.getThreadAllocatedBytes(id) - before).isLessThan(200_000);
    }

    @Test
    void processAndJvmAreThere() {
        assertThat(metrics.scrape())
                .contains(
                        "jvm_memory_used_bytes",
                        "process_cpu_usage",
                        "process_files_open_files",
                        "process_uptime_seconds");
    }

    private static void count(LoopMetrics loop, int times) {
        for (int i = 0; i < times; i++) {
            loop.command(3);
            loop.queueWait(i);
            loop.leaseStarted();
            loop.leaseTime(i * 1000L);
            loop.bytesToBackend(i);
            loop.bytesToClient(i);
            loop.error(ProxyError.BACKEND_LOST);
        }
    }

    @Test
    void aScrapeFindsEveryClassWhileTheyAreCounted() throws Exception {
        metrics.classes(List.of(new ClassSample("web", 1, 2, 3)));
        AtomicBoolean stop = new AtomicBoolean();
        Thread counting = new Thread(() -> {
            for (int inUse = 1; !stop.get(); inUse++) {
                metrics.classes(List.of(new ClassSample("web", inUse, 2, 3)));
            }
        });
        counting.start();
        try {
            for (int i = 0; i < 2000; i++) {
                assertThat(metrics.scrape())
                        .contains("connbudget_class_permits_in_use{class=\"web\"}")
                        .contains("connbudget_class_waiters{class=\"web\"} 2");
            }
        } finally {
            stop.set(true);
            counting.join();
        }

        metrics.classes(List.of(new ClassSample("batch", 7, 0, 0)));
        assertThat(metrics.scrape())
                .contains("connbudget_class_permits_in_use{class=\"batch\"} 7")
                .doesNotContain("web");
    }
}
