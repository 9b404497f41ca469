package io.connbudget.it.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Writes results as a page with tables and plots, as JSON beside it. */
final class Report {
    private static final String HAPROXY = "haproxy";
    /** Figures in the order of the tables, with the heads of their columns. */
    private static final Map<String, String> HEADS = heads();
    /** Of these a ratio tells something. */
    private static final Set<String> COMPARED =
            Set.of("qps", "cpu_us", "p50_ms", "p95_ms", "p99_ms", "p999_ms", "mb_s", "cpu_us_per_mb");

    private final Results results;

    Report(Results results) {
        this.results = results;
    }

    private static Map<String, String> heads() {
        Map<String, String> heads = new LinkedHashMap<>();
        heads.put("qps", "queries/s");
        heads.put("mb_s", "MB/s");
        heads.put("cpu_us", "proxy CPU, us/query");
        heads.put("machine_us", "CPU of the machine, us/query");
        heads.put("cpu_us_per_mb", "proxy CPU, us/MB");
        heads.put("p50_ms", "p50, ms");
        heads.put("p95_ms", "p95, ms");
        heads.put("p99_ms", "p99, ms");
        heads.put("p999_ms", "p99.9, ms");
        heads.put("jain", "Jain's index");
        heads.put("errors", "deadlocks retried");
        heads.put("alloc_bytes", "allocated, bytes/query");
        heads.put("rss_mb", "resident, MB");
        heads.put("kib_each_before_gc", "KiB each, before a collection");
        heads.put("kib_each", "KiB each, after it");
        heads.put("answered", "share answered");
        heads.put("all_answered_ms", "all answered within, ms");
        heads.put("ms", "ms");
        return heads;
    }

    /** Writes {@code results.md}, {@code results.json} and the plots; earlier plots of the directory are removed. */
    void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (var old = Files.newDirectoryStream(directory, "*.svg")) {
            for (Path plot : old) {
                Files.delete(plot);
            }
        }
        Map<String, List<String>> plots = new Plots(results).write(directory);
        results.write(directory.resolve("results.json"));
        Files.writeString(directory.resolve("results.md"), page(plots), StandardCharsets.UTF_8);
    }

    /** @param plots by family the files that show it */
    String page(Map<String, List<String>> plots) {
        StringBuilder page = new StringBuilder("""
                # Benchmark results

                Written by `integration-tests/bench/run --docs`; what the cases are: [performance.md](../performance.md). Numbers are medians
                over the rounds. In brackets stand the medians of the ratios to the direct connection (d) and to HAProxy (h) in the same round.
                The same as [JSON](results.json), round by round.

                """);
        page.append("| | |\n|---|---|\n");
        results.about().forEach((key, value) -> page.append("| " + key + " | " + value.replace("|", "\\|") + " |\n"));
        goals(page);
        for (Map.Entry<String, List<String>> family : families().entrySet()) {
            page.append("\n## " + family.getKey() + "\n\n");
            table(page, family.getValue());
            for (String plot : plots.getOrDefault(family.getKey(), List.of())) {
                page.append("\n![" + plot.replace(".svg", "") + "](" + plot + ")\n");
            }
        }
        return page.toString();
    }

    private void goals(StringBuilder page) {
        List<Goal> goals = Goals.of(results);
        long held = goals.stream().filter(Goal::holds).count();
        long measured = goals.stream().filter(Goal::isMeasured).count();
        page.append("\n## Targets\n\n" + held + " of " + measured + " hold");
        page.append(measured == goals.size() ? ".\n" : "; " + (goals.size() - measured) + " were not measured.\n");
        page.append("\n| target | threshold | measured | |\n|---|---|---|---|\n");
        for (Goal goal : goals) {
            if (goal.isMeasured()) {
                String unit = goal.unit().isEmpty() ? "" : " " + goal.unit();
                page.append("| " + goal.what() + " | " + (goal.atMost() ? "<= " : ">= ") + plain(goal.limit()) + unit);
                page.append(" | " + Results.number(goal.measured()) + " | ");
                page.append((goal.holds() ? "holds" : "**does not hold**") + " |\n");
            }
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%,.0f", value) : String.valueOf(value);
    }

    /** Cases that differ in their last number only, together. */
    private Map<String, List<String>> families() {
        Map<String, List<String>> families = new LinkedHashMap<>();
        for (String name : results.names()) {
            families.computeIfAbsent(Plots.family(name), f -> new ArrayList<>()).add(name);
        }
        return families;
    }

    private void table(StringBuilder page, List<String> names) {
        Set<String> measured = new LinkedHashSet<>();
        for (String name : names) {
            results.contenders(name).forEach(contender -> measured.addAll(results.figures(name, contender)));
        }
        List<String> figures =
                HEADS.keySet().stream().filter(measured::contains).toList();
        boolean steps = names.stream().anyMatch(name -> !Plots.step(name).isEmpty());
        String step = Plots.steps(Plots.family(names.get(0)));
        page.append(steps ? "| " + step + " | contender |" : "| contender |");
        figures.forEach(figure -> page.append(" " + HEADS.get(figure) + " |"));
        page.append("\n|" + (steps ? "---:|---|" : "---|") + "---:|".repeat(figures.size()) + "\n");
        for (String name : names) {
            for (String contender : results.contenders(name)) {
                page.append(steps ? "| " + Plots.step(name) + " | " : "| ").append(contender + " |");
                figures.forEach(figure -> page.append(" " + cell(name, contender, figure) + " |"));
                page.append("\n");
            }
        }
        page.append(
                "\nRounds: " + names.stream().mapToInt(results::rounds).max().orElse(0) + ".\n");
    }

    private String cell(String name, String contender, String figure) {
        double value = results.median(name, contender, figure);
        if (Double.isNaN(value)) {
            return "";
        }
        String text = Results.number(value);
        if (!COMPARED.contains(figure)) {
            return text;
        }
        List<String> ratios = new ArrayList<>();
        addRatio(ratios, name, contender, figure, Results.DIRECT, " d");
        addRatio(ratios, name, contender, figure, HAPROXY, " h");
        return ratios.isEmpty() ? text : text + " (" + String.join(", ", ratios) + ")";
    }

    private void addRatio(List<String> to, String name, String contender, String figure, String other, String mark) {
        double ratio = results.ratio(name, contender, figure, other);
        if (!contender.equals(other) && !contender.equals(Results.DIRECT) && !Double.isNaN(ratio)) {
            to.add(String.format(Locale.ROOT, "%.2f", ratio) + mark);
        }
    }
}
