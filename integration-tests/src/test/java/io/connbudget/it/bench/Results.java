package io.connbudget.it.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * All measurements: case, contender, then one map of figures a round. A round that a contender did not stand is an empty
 * map, so that the same index is the same round for all contenders of a case.
 */
final class Results {
    static final String DIRECT = "direct";

    private final Map<String, String> about;
    private final Map<String, Map<String, List<Map<String, Double>>>> cases;

    /** The form in which they are written. */
    record Stored(
            @JsonProperty("about") Map<String, String> about,
            @JsonProperty("cases") Map<String, Map<String, List<Map<String, Double>>>> cases) {}

    /** @param about the circumstances: machine, versions, commit, date, options */
    Results(Map<String, String> about) {
        this(about, new LinkedHashMap<>());
    }

    private Results(Map<String, String> about, Map<String, Map<String, List<Map<String, Double>>>> cases) {
        this.about = about;
        this.cases = cases;
    }

    /** Takes the figures of one round; none for one that failed. */
    void add(String name, String contender, Map<String, Double> figures) {
        cases.computeIfAbsent(name, n -> new LinkedHashMap<>())
                .computeIfAbsent(contender, c -> new ArrayList<>())
                .add(figures);
    }

    private List<Map<String, Double>> rounds(String name, String contender) {
        return cases.getOrDefault(name, Map.of()).getOrDefault(contender, List.of());
    }

    /** The median over the rounds; NaN where there is none. */
    double median(String name, String contender, String figure) {
        return median(rounds(name, contender).stream()
                .filter(figures -> figures.containsKey(figure))
                .mapToDouble(figures -> figures.get(figure))
                .toArray());
    }

    /** The median over the rounds of the ratio to another contender in the same round; NaN where there is none. */
    double ratio(String name, String contender, String figure, String other) {
        return ratio(name, contender, figure, other, figure);
    }

    /** The same for two different figures. */
    double ratio(String name, String contender, String figure, String other, String otherFigure) {
        List<Map<String, Double>> ours = rounds(name, contender);
        List<Map<String, Double>> theirs = rounds(name, other);
        double[] ratios = new double[Math.min(ours.size(), theirs.size())];
        int n = 0;
        for (int i = 0; i < ratios.length; i++) {
            double above = ours.get(i).getOrDefault(figure, Double.NaN);
            double below = theirs.get(i).getOrDefault(otherFigure, Double.NaN);
            if (!Double.isNaN(above) && below > 0) {
                ratios[n++] = above / below;
            }
        }
        return median(Arrays.copyOf(ratios, n));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int n = values.length;
        return n == 0 ? Double.NaN : (values[(n - 1) / 2] + values[n / 2]) / 2;
    }

    /** How many rounds a contender did not stand; NaN where it took no part. */
    double failures(String name, String contender) {
        List<Map<String, Double>> rounds = rounds(name, contender);
        return rounds.isEmpty()
                ? Double.NaN
                : rounds.stream().filter(Map::isEmpty).count();
    }

    int rounds(String name) {
        return cases.getOrDefault(name, Map.of()).values().stream()
                .mapToInt(List::size)
                .max()
                .orElse(0);
    }

    Map<String, String> about() {
        return about;
    }

    Set<String> names() {
        return cases.keySet();
    }

    /** Those that took part in a case, in their order. */
    Set<String> contenders(String name) {
        return cases.getOrDefault(name, Map.of()).keySet();
    }

    /** What was measured of a contender in a case, in the order of the measurement. */
    Set<String> figures(String name, String contender) {
        Set<String> figures = new LinkedHashSet<>();
        rounds(name, contender).forEach(round -> figures.addAll(round.keySet()));
        return figures;
    }

    /** Prints medians, and for what can be compared the median ratio to the direct connection (x) in the same round. */
    void print(PrintStream out) {
        cases.forEach((name, byContender) -> {
            out.println();
            out.println("### " + name);
            byContender.forEach((contender, rounds) -> {
                StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-12s", contender));
                for (String figure : figures(name, contender)) {
                    line.append(String.format(Locale.ROOT, "  %s %s", figure, number(median(name, contender, figure))));
                    double ratio = ratio(name, contender, figure, DIRECT);
                    if (!contender.equals(DIRECT) && !Double.isNaN(ratio)) {
                        line.append(String.format(Locale.ROOT, " (x%.2f)", ratio));
                    }
                }
                out.println(line + "  [" + rounds.size() + " rounds]");
            });
        });
    }

    /** Three digits, or all of a large number; a dash for none. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    void write(Path file) throws IOException {
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), new Stored(about, cases));
    }

    /** Reads those of several runs: a case comes whole from the last one that has it. */
    static Results read(List<Path> files) throws IOException {
        Results all = new Results(new LinkedHashMap<>());
        for (Path file : files) {
            Stored stored = new ObjectMapper().readValue(file.toFile(), Stored.class);
            stored.about()
                    .forEach((key, value) -> all.about.merge(
                            key, value, (before, more) -> before.equals(more) ? before : before + "; " + more));
            all.cases.putAll(stored.cases());
        }
        return all;
    }
}
