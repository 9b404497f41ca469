package io.connbudget.proxy.cli.demo.incident;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Two outcomes side by side, as text. */
public final class IncidentTable {
    private static final Map<Integer, String> MEANINGS = Map.of(
            1040, "Too many connections",
            1203, "User has too many connections",
            1226, "User exceeded a resource",
            2003, "Can't connect",
            2013, "Connection lost");

    private IncidentTable() {}

    public static String render(Incident.Outcome direct, Incident.Outcome proxied) {
        StringBuilder table = new StringBuilder();
        line(table, "", "directly", "through connbudget");
        line(
                table,
                "connections asked for",
                direct,
                proxied,
                outcome -> number(outcome.plan().connections()));
        line(
                table,
                "connections opened",
                direct,
                proxied,
                outcome -> number(outcome.report().opened()));
        line(
                table,
                "held to the end",
                direct,
                proxied,
                outcome -> number(outcome.report().held()));
        line(
                table,
                "transactions answered OK",
                direct,
                proxied,
                outcome -> number(outcome.report().transactions()));
        line(table, "found in the database", direct, proxied, outcome -> number(outcome.committed()));
        line(table, "errors", direct, proxied, outcome -> errors(outcome.report()));
        line(table, "peak Threads_connected", direct, proxied, outcome -> number(outcome.peakThreadsConnected()));
        line(
                table,
                "seconds",
                direct,
                proxied,
                outcome -> number(outcome.elapsed().toSeconds()));
        return table.toString();
    }

    private static String errors(LoadReport report) {
        return report.errors().isEmpty()
                ? "none"
                : report.errors().entrySet().stream()
                        .map(error -> number(error.getValue()) + " x " + error.getKey() + " "
                                + MEANINGS.getOrDefault(error.getKey(), ""))
                        .collect(Collectors.joining(", "));
    }

    private static void line(
            StringBuilder table,
            String label,
            Incident.Outcome direct,
            Incident.Outcome proxied,
            Function<Incident.Outcome, String> cell) {
        line(table, label, cell.apply(direct), cell.apply(proxied));
    }

    private static void line(StringBuilder table, String label, String left, String right) {
        table.append(String.format(Locale.ROOT, "  %-24s %-36s %s%n", label, left, right));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
