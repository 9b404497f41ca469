package io.connbudget.proxy.cli.demo.incident;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The worker processes of one load and the sum of their reports. {@link #report()} is safe from any thread, the rest is
 * for one thread.
 */
public final class LoadFleet implements AutoCloseable {
    private static final Duration REPORT_WAIT = Duration.ofMillis(500);

    private final LoadPlan plan;
    private final List<Process> processes = new ArrayList<>();
    private final LoadReport[] reports;

    private LoadFleet(LoadPlan plan) {
        this.plan = plan;
        this.reports = new LoadReport[plan.processes()];
        Arrays.fill(reports, LoadReport.NONE);
    }

    /** Starts the processes, which open their connections at once. */
    public static LoadFleet start(LoadPlan plan) throws IOException {
        LoadFleet fleet = new LoadFleet(plan);
        try {
            for (int i = 0; i < plan.processes(); i++) {
                fleet.startWorker(i);
            }
            return fleet;
        } catch (IOException e) {
            fleet.close();
            throw e;
        }
    }

    private void startWorker(int index) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                LoadWorker.class.getName()));
        command.addAll(plan.partOf(index).toArguments());
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put(LoadPlan.PASSWORD_VARIABLE, plan.password());
        Process process = builder.start();
        processes.add(process);
        Thread reader = new Thread(() -> readReports(index, process), "load-reports-" + index);
        reader.setDaemon(true);
        reader.start();
    }

    private void readReports(int index, Process process) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                LoadReport report = LoadReport.parse(line);
                synchronized (reports) {
                    reports[index] = report;
                    reports.notifyAll();
                }
            }
        } catch (IOException e) {
            // The process is gone, which whoever waits sees by its end.
        }
    }

    /** The sum of what the processes reported last. */
    public LoadReport report() {
        synchronized (reports) {
            LoadReport sum = LoadReport.NONE;
            for (LoadReport report : reports) {
                sum = sum.plus(report);
            }
            return sum;
        }
    }

    /**
     * Waits until every connection has logged in or failed.
     *
     * @return false at the time limit
     */
    public boolean awaitLogins(Duration limit, Consumer<LoadReport> progress) throws IOException, InterruptedException {
        return await(report -> report.held() + report.failed() >= plan.connections(), limit, progress);
    }

    /** Tells every process to start the transactions on all its connections. */
    public void run() throws IOException {
        for (Process process : processes) {
            OutputStream commands = process.getOutputStream();
            commands.write("run\n".getBytes(StandardCharsets.US_ASCII));
            commands.flush();
        }
    }

    /**
     * Waits until every connection has run all its transactions or failed.
     *
     * @return false at the time limit
     */
    public boolean awaitTransactions(Duration limit, Consumer<LoadReport> progress)
            throws IOException, InterruptedException {
        return await(report -> report.finished() + report.failed() >= plan.connections(), limit, progress);
    }

    private boolean await(Predicate<LoadReport> reached, Duration limit, Consumer<LoadReport> progress)
            throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        while (true) {
            LoadReport report = report();
            progress.accept(report);
            if (reached.test(report)) {
                return true;
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                return false;
            }
            for (Process process : processes) {
                if (!process.isAlive()) {
                    throw new IOException("load process " + process.pid() + " ended with exit code "
                            + process.exitValue() + " after " + report);
                }
            }
            synchronized (reports) {
                reports.wait(REPORT_WAIT.toMillis());
            }
        }
    }

    /** Ends the processes, and with them all connections; blocks until they are gone. */
    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
