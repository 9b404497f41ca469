package io.connbudget.proxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** The screen of {@code top}: one picture of {@code /api/picture} as text, in columns that fit 120 characters. */
final class TopScreen {
    private static final int BAR = 60;
    private static final int DIGEST = 44;

    private TopScreen() {}

    static String text(JsonNode picture, int rows) {
        StringBuilder out = new StringBuilder(4096);
        JsonNode pool = picture.path("pools").path(0);
        JsonNode samples = picture.path("samples");
        JsonNode last = samples.path(samples.size() - 1);
        int budget = pool.path("budget").asInt();
        int active = pool.path("sv_active").asInt();
        int held = Math.min(active, last.path("held").asInt());
        line(
                out,
                "connbudget  %s as %s%s",
                pool.path("database").asText(),
                pool.path("user").asText(),
                pool.path("paused").asBoolean() ? "  PAUSED" : "");
        line(
                out,
                "budget  [%s] %d of %d: %d running, %d held, %d idle, %d opening, %d closing",
                bar(active - held, held, pool.path("sv_idle").asInt(), budget),
                pool.path("physical").asInt(),
                budget,
                active - held,
                held,
                pool.path("sv_idle").asInt(),
                pool.path("sv_login").asInt(),
                pool.path("sv_closing").asInt());
        line(
                out,
                "queue   %d waiting, oldest %s    %d commands/s, %d leases/s, %d refused/s    wait p50 %.1f p95 %.1f p99 %.1f ms",
                pool.path("cl_waiting").asInt(),
                span(pool.path("maxwait").asLong() * 1000
                        + pool.path("maxwait_us").asLong() / 1000),
                last.path("commands").asLong(),
                last.path("leases").asLong(),
                last.path("refused").asLong(),
                last.path("wait_p50_ms").asDouble(),
                last.path("wait_p95_ms").asDouble(),
                last.path("wait_p99_ms").asDouble());
        out.append('\n');
        line(out, "%-20s %8s %8s %8s %8s %10s", "CLASS", "CLIENTS", "IN USE", "MAX", "WAITING", "OLDEST");
        for (JsonNode each : picture.path("classes")) {
            line(
                    out,
                    "%-20s %8d %8d %8s %8d %10s",
                    clip(each.path("name").asText(), 20),
                    each.path("clients").asInt(),
                    each.path("cl_active").asInt(),
                    each.path("max").isNull() ? "-" : each.path("max").asText(),
                    each.path("cl_waiting").asInt(),
                    span(each.path("maxwait").asLong() * 1000
                            + each.path("maxwait_us").asLong() / 1000));
        }
        out.append('\n');
        line(
                out,
                "%8s %-14s %-18s %-14s %8s %8s %5s  %s",
                "CLIENT",
                "CLASS",
                "PROGRAM",
                "STATE",
                "HELD",
                "SILENT",
                "FREES",
                "LAST STATEMENT");
        int shown = 0;
        for (JsonNode each : picture.path("holders")) {
            if (shown++ == rows) {
                break;
            }
            line(
                    out,
                    "%8d %-14s %-18s %-14s %8s %8s %5s  %s",
                    each.path("id").asLong(),
                    clip(each.path("client_class").asText(), 14),
                    clip(
                            (each.path("application_name").asText() + " "
                                            + each.path("remote_pid").asText())
                                    .strip(),
                            18),
                    clip(each.path("state").asText(), 14),
                    span(each.path("held_ms").asLong()),
                    each.path("silent_ms").asLong() == 0
                            ? ""
                            : span(each.path("silent_ms").asLong()),
                    each.path("frees").asInt() == 0 ? "" : each.path("frees").asText(),
                    clip(each.path("digest").asText(), DIGEST));
        }
        return out.toString();
    }

    /** {@code #} runs, {@code =} is held, {@code -} is idle, a dot is free. */
    private static String bar(int running, int held, int idle, int budget) {
        StringBuilder bar = new StringBuilder(BAR);
        int width = Math.min(BAR, Math.max(1, budget));
        for (int i = 0; i < width; i++) {
            double at = (i + 0.5) * budget / width;
            bar.append(at < running ? '#' : at < running + held ? '=' : at < running + held + idle ? '-' : '.');
        }
        return bar.toString();
    }

    private static String span(long millis) {
        if (millis < 1000) {
            return millis + " ms";
        }
        return millis < 60_000 ? String.format(Locale.ROOT, "%.1f s", millis / 1000.0) : millis / 60_000 + " min";
    }

    private static String clip(String text, int length) {
        // What a client sends must not move the terminal's cursor.
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= length ? plain : plain.substring(0, length - 1) + "~";
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
