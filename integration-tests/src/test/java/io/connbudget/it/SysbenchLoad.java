package io.connbudget.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * sysbench's read and write transactions, with prepared statements, until it is closed. What it prints each second is the
 * clock of a test; each error that a client sees is counted by its code, and the client goes on. Collisions of transactions,
 * which InnoDB answers with 1213, 1205 or 1020 on any connection, are counted apart. For one thread beside its own.
 */
final class SysbenchLoad implements AutoCloseable {
    private static final int TABLES = 4;
    private static final int ROWS = 20_000;
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(45);
    private static final Pattern REPORT = Pattern.compile("^\\[ \\d+s ] thds: \\d+ tps: ([0-9.]+) ");
    private static final Pattern ERROR = Pattern.compile("^ERROR (\\d+) ");
    private static final List<Integer> COLLISIONS = List.of(1213, 1205, 1020);

    private final Process process;
    private final List<String> output = new ArrayList<>();
    private final Map<Integer, Integer> errors = new TreeMap<>();
    private int collisions;
    private int serving;
    private int still;
    private boolean ended;

    private SysbenchLoad(Process process) {
        this.process = process;
    }

    /** Makes the tables, past any proxy. */
    static void prepare(TestDatabase database) throws Exception {
        ClientProgram.program("sysbench", "sysbench");
        List<String> command = command(Target.direct(database));
        command.add("prepare");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError("sysbench prepare failed: " + said);
        }
    }

    /**
     * Starts it and waits until transactions end.
     *
     * @param lastError code of the error after which a client does nothing more; 0 for none
     */
    static SysbenchLoad start(Target target, int clients, int lastError) throws IOException {
        List<String> command = command(target);
        command.addAll(List.of(
                "--threads=" + clients,
                "--last-error=" + lastError,
                "--time=3600",
                "--report-interval=1",
                "--mysql-ignore-errors=all",
                "run"));
        SysbenchLoad load = new SysbenchLoad(
                new ProcessBuilder(command).redirectErrorStream(true).start());
        Thread reader = new Thread(load::read, "sysbench-output");
        reader.setDaemon(true);
        reader.start();
        try {
            load.awaitThroughput(2);
        } catch (AssertionError e) {
            load.close();
            throw e;
        }
        return load;
    }

    private static List<String> command(Target target) {
        return new ArrayList<>(List.of(
                "sysbench",
                ClientProgram.script("sysbench_errors.lua"),
                "--mysql-host=" + target.host(),
                "--mysql-port=" + target.port(),
                "--mysql-user=" + target.user(),
                "--mysql-password=" + target.password(),
                "--mysql-db=" + target.schema(),
                "--tables=" + TABLES,
                "--table-size=" + ROWS,
                "--rand-type=uniform",
                "--db-ps-mode=auto"));
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                took(line);
            }
        } catch (IOException e) {
            took(e.toString());
        }
        synchronized (this) {
            ended = true;
            notifyAll();
        }
    }

    private synchronized void took(String line) {
        output.add(line);
        Matcher error = ERROR.matcher(line);
        Matcher report = REPORT.matcher(line);
        if (error.find()) {
            Integer code = Integer.valueOf(error.group(1));
            if (COLLISIONS.contains(code)) {
                collisions++;
            } else {
                errors.merge(code, 1, Integer::sum);
            }
        } else if (report.find()) {
            if (Double.parseDouble(report.group(1)) > 0) {
                serving++;
            } else {
                still++;
            }
        }
        notifyAll();
    }

    /** Waits until transactions have ended in so many of the seconds from here on. */
    synchronized void awaitThroughput(int seconds) {
        int wanted = serving + seconds;
        await("throughput", () -> serving >= wanted);
    }

    /** Waits until no transaction has ended in so many of the seconds from here on. */
    synchronized void awaitStandstill(int seconds) {
        int wanted = still + seconds;
        await("a standstill", () -> still >= wanted);
    }

    /** Waits until clients have seen so many errors of this code since the last {@link #takeErrors}. */
    synchronized void awaitErrors(int code, int count) {
        await(count + " errors " + code, () -> errors.getOrDefault(code, 0) >= count);
    }

    private interface Condition {
        boolean holds();
    }

    /** The reader's thread wakes it at each line. */
    private synchronized void await(String what, Condition condition) {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        try {
            while (!condition.holds()) {
                long left = deadline - System.nanoTime();
                if (ended || left <= 0) {
                    throw new AssertionError("no " + what + (ended ? ": sysbench ended" : " within 45 s") + "; errors "
                            + errors + "; it said last:\n" + String.join("\n", tail()));
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private List<String> tail() {
        return output.subList(Math.max(0, output.size() - 30), output.size());
    }

    /** Errors since the last call, by code; collisions are none. */
    synchronized Map<Integer, Integer> takeErrors() {
        Map<Integer, Integer> taken = new TreeMap<>(errors);
        errors.clear();
        return taken;
    }

    /** Transactions that InnoDB ended in favour of others, since the start. */
    synchronized int collisions() {
        return collisions;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
