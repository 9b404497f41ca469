package io.connbudget.it.bench;

import io.connbudget.it.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs sysbench's OLTP loads. */
final class Sysbench {
    private static final int TABLES = 4;
    private static final int ROWS = 10_000;
    private static final Pattern QUERIES = Pattern.compile("queries: +(\\d+) +\\((\\S+) per sec");
    private static final Pattern ERRORS = Pattern.compile("ignored errors: +(\\d+)");
    private static final Pattern FAIRNESS = Pattern.compile("events \\(avg/stddev\\): +([0-9.]+)/([0-9.]+)");
    private static final Pattern BUCKET = Pattern.compile("^ *([0-9.]+) \\|.* (\\d+)$", Pattern.MULTILINE);

    private final String user;
    private final String password;
    private final String schema;

    Sysbench(Target target) {
        this.user = target.user();
        this.password = target.password();
        this.schema = target.schema();
    }

    /** Makes the tables. */
    void prepare(Contender server) throws IOException, InterruptedException {
        String output = run(command(server, "oltp_read_write", "prepare"), line -> {});
        if (!output.contains("Creating a secondary index on 'sbtest" + TABLES)) {
            throw new IOException("sysbench prepare failed: " + output);
        }
    }

    /** One measurement; null where the contender did not stand it. */
    @Nullable Map<String, Double> measure(Contender contender, String test, boolean prepared, int threads, int seconds)
            throws IOException, InterruptedException {
        double allocated = contender.java() ? contender.allocatedBytes() : 0;
        CpuWindow cpu = new CpuWindow(contender);
        String output = run(
                command(
                        contender,
                        test,
                        "run",
                        "--threads=" + threads,
                        "--time=" + seconds,
                        "--db-ps-mode=" + (prepared ? "auto" : "disable"),
                        "--histogram=on",
                        "--mysql-ignore-errors=1213,1020,1205"),
                cpu);
        Matcher queries = QUERIES.matcher(output);
        if (!queries.find()) {
            System.err.println(contender.name() + " " + test + " " + threads + " threads failed:\n"
                    + output.lines()
                            .filter(line -> line.startsWith("FATAL"))
                            .findFirst()
                            .orElse(output));
            return null;
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("qps", Double.valueOf(queries.group(2)));
        putPercentiles(output, figures);
        figures.put("machine_us", cpu.machineMicros() / Double.parseDouble(queries.group(1)));
        if (contender.pid() != 0) {
            figures.put("cpu_us", cpu.micros() / Double.parseDouble(queries.group(1)));
            figures.put("rss_mb", contender.residentBytes() / 1e6);
        }
        if (contender.java()) {
            figures.put("alloc_bytes", (contender.allocatedBytes() - allocated) / Double.parseDouble(queries.group(1)));
        }
        Matcher fairness = FAIRNESS.matcher(output);
        if (threads > 1 && fairness.find()) {
            figures.put("jain", jain(Double.parseDouble(fairness.group(1)), Double.parseDouble(fairness.group(2))));
        }
        Matcher errors = ERRORS.matcher(output);
        if (errors.find() && !errors.group(1).equals("0")) {
            figures.put("errors", Double.valueOf(errors.group(1)));
        }
        return figures;
    }

    /** Jain's fairness index over threads, from the mean and the standard deviation of their transactions. */
    private static double jain(double mean, double deviation) {
        return mean * mean / (mean * mean + deviation * deviation);
    }

    /** Of transactions, which in the point select are single queries. */
    private static void putPercentiles(String output, Map<String, Double> figures) {
        TreeMap<Double, Long> buckets = new TreeMap<>();
        Matcher bucket = BUCKET.matcher(output);
        long total = 0;
        while (bucket.find()) {
            // Neighbours of a few microseconds are printed with the same number.
            buckets.merge(Double.valueOf(bucket.group(1)), Long.valueOf(bucket.group(2)), Long::sum);
            total += Long.parseLong(bucket.group(2));
        }
        double[] shares = {0.5, 0.95, 0.99, 0.999};
        String[] names = {"p50_ms", "p95_ms", "p99_ms", "p999_ms"};
        for (int i = 0; i < shares.length; i++) {
            long seen = 0;
            for (Map.Entry<Double, Long> entry : buckets.entrySet()) {
                seen += entry.getValue();
                if (seen >= shares[i] * total) {
                    figures.put(names[i], entry.getKey());
                    break;
                }
            }
        }
    }

    private List<String> command(Contender contender, String test, String verb, String... more) {
        List<String> command = new ArrayList<>(List.of(
                "sysbench",
                test,
                "--mysql-host=" + contender.host(),
                "--mysql-port=" + contender.port(),
                "--mysql-user=" + user,
                "--mysql-password=" + password,
                "--mysql-db=" + schema,
                "--tables=" + TABLES,
                "--table-size=" + ROWS));
        command.addAll(List.of(more));
        command.add(verb);
        return command;
    }

    private static String run(List<String> command, LineListener listener) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        StringBuilder output = new StringBuilder();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                listener.printed(line);
                output.append(line).append('\n');
            }
        }
        process.waitFor();
        return output.toString();
    }

    /** Is told of each line as sysbench prints it. */
    private interface LineListener {
        void printed(String line) throws IOException;
    }

    /**
     * The processor time of the contender, and of the whole machine, between the logins with what is prepared behind them,
     * which sysbench does not count as queries, and the end.
     */
    private static final class CpuWindow implements LineListener {
        private final Contender contender;
        private double begin;
        private double end;
        private double machineBegin;
        private double machineEnd;

        CpuWindow(Contender contender) {
            this.contender = contender;
        }

        @Override
        public void printed(String line) throws IOException {
            if (line.equals("Threads started!")) {
                begin = contender.cpuMicros();
                machineBegin = Contender.machineCpuMicros();
            } else if (line.equals("SQL statistics:")) {
                end = contender.cpuMicros();
                machineEnd = Contender.machineCpuMicros();
            }
        }

        double micros() {
            return end - begin;
        }

        double machineMicros() {
            return machineEnd - machineBegin;
        }
    }
}
