package io.connbudget.it.bench;

import java.util.ArrayList;
import java.util.List;

/** What the proxy is to reach, computed from the results of one run. */
final class Goals {
    private static final String OURS = "connbudget";
    private static final String HAPROXY = "haproxy";
    private static final String OF_HAPROXY = "x HAProxy";
    private static final String OF_DIRECT = "x direct";
    private static final List<String> MODES = List.of("text", "prepared");
    private static final List<String> TESTS = List.of("oltp_point_select", "oltp_read_only", "oltp_read_write");
    private static final List<String> MIXED = List.of("oltp_read_only", "oltp_read_write");
    private static final String CPU = ": CPU a query";

    private final Results results;
    private final List<Goal> goals = new ArrayList<>();

    private Goals(Results results) {
        this.results = results;
    }

    /** All of them, those without a measurement too. */
    static List<Goal> of(Results results) {
        Goals all = new Goals(results);
        all.cpu();
        all.throughput();
        all.fairness();
        all.allocation();
        all.largeResults();
        all.clients();
        all.start();
        return all.goals;
    }

    private void cpu() {
        for (String mode : MODES) {
            String select = "oltp_point_select/" + mode;
            ratio(select + "/16", CPU, "cpu_us", HAPROXY, true, 0.9);
            ratio(select + "/64", CPU, "cpu_us", HAPROXY, true, 0.65);
            ratio(select + "/256", CPU, "cpu_us", HAPROXY, true, 0.75);
        }
        for (String test : MIXED) {
            for (String mode : MODES) {
                ratio(test + "/" + mode + "/64", CPU, "cpu_us", HAPROXY, true, 0.85);
            }
        }
    }

    private void throughput() {
        for (String mode : MODES) {
            ratio("oltp_point_select/" + mode + "/1", ": throughput", "qps", HAPROXY, false, 1);
        }
        for (String test : TESTS) {
            for (String mode : MODES) {
                for (String threads : List.of("/64", "/256")) {
                    String name = test + "/" + mode + threads;
                    ratio(name, ": throughput", "qps", HAPROXY, false, 1.4);
                    ratio(name, ": p95", "p95_ms", HAPROXY, true, 1);
                }
            }
        }
        for (String test : TESTS) {
            for (String mode : MODES) {
                ratio(test + "/" + mode + "/1024", ": throughput", "qps", Results.DIRECT, false, 1);
            }
        }
    }

    private void fairness() {
        for (String test : MIXED) {
            for (String mode : MODES) {
                String name = test + "/" + mode + "/256";
                add(name + ": failed rounds", 0, "", true, results.failures(name, OURS));
                ratio(name, ": p99", "p99_ms", Results.DIRECT, true, 1);
                add(name + ": p99", 3, "x own p50", true, results.ratio(name, OURS, "p99_ms", OURS, "p50_ms"));
            }
        }
        for (String name : results.names()) {
            if (name.startsWith("scarce/")) {
                add(name + ": p99", 1.3, "x ideal FIFO", true, results.ratio(name, OURS, "p99_ms", "ideal FIFO"));
                add(name + ": Jain's index", 0.99, "", false, results.median(name, OURS, "jain"));
            }
        }
    }

    private void allocation() {
        for (String test : TESTS) {
            for (String mode : MODES) {
                String name = test + "/" + mode + "/16";
                add(name + ": allocation a query", 200, "bytes", true, results.median(name, OURS, "alloc_bytes"));
            }
        }
    }

    private void largeResults() {
        for (String name : List.of("rows/1000", "mb_100")) {
            ratio(name, ": CPU a megabyte", "cpu_us_per_mb", HAPROXY, true, 1.2);
        }
    }

    private void clients() {
        String idle = "idle/12800";
        add(idle + ": memory each", 8, "KiB", true, results.median(idle, OURS, "kib_each"));
        add(
                idle + ": memory each, before a collection",
                8,
                "KiB",
                true,
                results.median(idle, OURS, "kib_each_before_gc"));
        String most = "idle/50000";
        add(most + ": held, and share answered", 1, "", false, results.median(most, OURS, "answered"));
        ratio("connect_query_close", ": throughput", "qps", Results.DIRECT, false, 1.3);
    }

    private void start() {
        String name = "start_to_first_answer";
        add(name, 1500, "ms", true, results.median(name, OURS, "ms"));
    }

    private void ratio(String name, String what, String figure, String other, boolean atMost, double limit) {
        String unit = other.equals(HAPROXY) ? OF_HAPROXY : OF_DIRECT;
        add(name + what, limit, unit, atMost, results.ratio(name, OURS, figure, other));
    }

    private void add(String what, double limit, String unit, boolean atMost, double measured) {
        goals.add(new Goal(what, limit, unit, atMost, measured));
    }
}
