package io.connbudget.proxy.cli.demo;

import io.connbudget.proxy.cli.demo.incident.LoadReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The progress line: one that is written over on a terminal, one every {@link #LINE_INTERVAL_NANOS} elsewhere. */
final class Progress {
    private static final long LINE_INTERVAL_NANOS = 2_000_000_000L;

    private final PrintWriter out;
    private final int asked;
    private final boolean terminal;
    private final String label;
    private long lastNanos = System.nanoTime() - LINE_INTERVAL_NANOS;
    private String last = "";

    Progress(PrintWriter out, int asked, boolean terminal, String label) {
        this.out = out;
        this.asked = asked;
        this.terminal = terminal;
        this.label = label;
    }

    /** Whether standard output is a terminal; {@link System#console()} no longer tells on all Javas. */
    static boolean onTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    void show(LoadReport report) {
        last = String.format(
                Locale.ROOT,
                "  %-20s %,7d of %,d open  %,8d transactions  %,7d errors",
                label,
                report.held(),
                asked,
                report.transactions(),
                report.failed());
        if (terminal) {
            out.print("\r" + last);
            out.flush();
        } else if (System.nanoTime() - lastNanos >= LINE_INTERVAL_NANOS) {
            lastNanos = System.nanoTime();
            out.println(last);
            out.flush();
        }
    }

    void endLine() {
        out.println(terminal ? "" : last);
        out.flush();
    }
}
