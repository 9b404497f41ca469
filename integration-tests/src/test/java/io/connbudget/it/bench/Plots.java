package io.connbudget.it.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The plots of a run: one figure of one family of cases by its step, a line a contender. */
final class Plots {
    private static final Pattern STEP = Pattern.compile("(.*)/(\\d+)");

    private record Figure(String name, String meaning, boolean logarithmic) {}

    private static final List<Figure> FIGURES = List.of(
            new Figure("qps", "queries a second", false),
            new Figure("cpu_us", "CPU of the proxy, microseconds a query", false),
            new Figure("p99_ms", "p99, milliseconds (logarithmic)", true),
            new Figure("kib_each", "resident memory each, KiB", false));

    private final Results results;

    Plots(Results results) {
        this.results = results;
    }

    /** The case's name without its last number, where it ends with one. */
    static String family(String name) {
        Matcher matcher = STEP.matcher(name);
        return matcher.matches() ? matcher.group(1) : name;
    }

    /** The number behind the family: threads, clients; empty where there is none. */
    static String step(String name) {
        Matcher matcher = STEP.matcher(name);
        return matcher.matches() ? matcher.group(2) : "";
    }

    /** What the steps of a family are. */
    static String steps(String family) {
        return family.equals("rows") || family.equals("backends") ? family : "clients";
    }

    /** Writes them into a directory; gives their names by family. */
    Map<String, List<String>> write(Path directory) throws IOException {
        Map<String, List<String>> written = new LinkedHashMap<>();
        Set<String> families = new LinkedHashSet<>();
        results.names().forEach(name -> families.add(family(name)));
        for (String family : families) {
            List<String> names = results.names().stream()
                    .filter(name -> family(name).equals(family))
                    .toList();
            for (Figure figure : FIGURES) {
                Map<String, double[]> lines = lines(names, figure.name());
                if (names.size() > 1 && !lines.isEmpty()) {
                    String file = family.replace('/', '-') + "-" + figure.name() + ".svg";
                    String svg = new Plot(
                                    family.replace("/", ", "),
                                    steps(family),
                                    figure.meaning(),
                                    names.stream().map(Plots::step).toList(),
                                    figure.logarithmic())
                            .lines(lines);
                    Files.writeString(directory.resolve(file), svg, StandardCharsets.UTF_8);
                    written.computeIfAbsent(family, f -> new ArrayList<>()).add(file);
                }
            }
        }
        return written;
    }

    private Map<String, double[]> lines(List<String> names, String figure) {
        Set<String> contenders = new LinkedHashSet<>();
        names.forEach(name -> contenders.addAll(results.contenders(name)));
        Map<String, double[]> lines = new LinkedHashMap<>();
        for (String contender : contenders) {
            double[] values = names.stream()
                    .mapToDouble(name -> results.median(name, contender, figure))
                    .toArray();
            if (!Arrays.stream(values).allMatch(Double::isNaN)) {
                lines.put(contender, values);
            }
        }
        return lines;
    }
}
