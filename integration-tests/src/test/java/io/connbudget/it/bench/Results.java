package io.connbudget.it.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** All measurements: case, contender, then one map of figures a round. */
final class Results {
    private static final String DIRECT = "direct";

    private final Map<String, Map<String, List<Map<String, Double>>>> cases = new LinkedHashMap<>();

    void add(String name, String contender, Map<String, Double> figures) {
        cases.computeIfAbsent(name, n -> new LinkedHashMap<>())
                .computeIfAbsent(contender, c -> new ArrayList<>())
                .add(figures);
    }

    /** The median over the rounds; NaN where there is none. */
    double median(String name, String contender, String figure) {
        double[] values = cases.getOrDefault(name, Map.of()).getOrDefault(contender, List.of()).stream()
                .filter(figures -> figures.containsKey(figure))
                .mapToDouble(figures -> figures.get(figure))
                .sorted()
                .toArray();
        int n = values.length;
        return n == 0 ? Double.NaN : (values[(n - 1) / 2] + values[n / 2]) / 2;
    }

    List<String> contenders() {
        return cases.values().stream()
                .flatMap(byContender -> byContender.keySet().stream())
                .distinct()
                .toList();
    }

    /** Prints medians, and for what can be compared the ratio to the direct connection (x) in the same case. */
    void print(PrintStream out) {
        cases.forEach((name, byContender) -> {
            out.println();
            out.println("### " + name);
            byContender.forEach((contender, rounds) -> {
                StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-12s", contender));
                for (String figure : rounds.get(0).keySet()) {
                    double value = median(name, contender, figure);
                    line.append(String.format(Locale.ROOT, "  %s %s", figure, number(value)));
                    double direct = median(name, DIRECT, figure);
                    if (!contender.equals(DIRECT) && direct > 0) {
                        line.append(String.format(Locale.ROOT, " (x%.2f)", value / direct));
                    }
                }
                out.println(line + "  [" + rounds.size() + " rounds]");
            });
        });
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 1000 ? "%.0f" : "%.3g", value);
    }

    void write(Path file) throws IOException {
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), cases);
    }
}
