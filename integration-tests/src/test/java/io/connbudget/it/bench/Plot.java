package io.connbudget.it.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A plot of lines over named steps, as SVG, with a legend. A linear axis begins at 0, a logarithmic one at a power of ten. */
final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 380;
    private static final int LEFT = 90;
    private static final int TOP = 44;
    private static final int RIGHT = 170;
    private static final int BOTTOM = 60;
    private static final int GRID_LINES = 5;
    private static final int LEGEND_LINE = 20;
    private static final double[] NICE = {1, 2, 2.5, 5, 10};
    /** The same contender has the same colour in all plots. */
    private static final Map<String, String> COLOURS = Map.of(
            "direct", "#666666",
            "connbudget", "#d62728",
            "haproxy", "#1f77b4",
            "router", "#2ca02c",
            "shardingsphere", "#9467bd");

    private static final List<String> OTHER_COLOURS = List.of("#ff7f0e", "#8c564b", "#17becf", "#e377c2");

    private final String title;
    private final String across;
    private final String up;
    private final List<String> steps;
    private final boolean logarithmic;
    private final StringBuilder svg = new StringBuilder();
    private double least;
    private double most;

    /**
     * @param across what the steps are
     * @param up what the values are, with their unit
     */
    Plot(String title, String across, String up, List<String> steps, boolean logarithmic) {
        this.title = title;
        this.across = across;
        this.up = up;
        this.steps = steps;
        this.logarithmic = logarithmic;
    }

    /** @param lines a value for each step; NaN for none */
    String lines(Map<String, double[]> lines) {
        List<Double> ticks = ticks(lines);
        least = ticks.get(0);
        most = ticks.get(ticks.size() - 1);
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n",
                WIDTH, HEIGHT);
        add("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
        add("<text x=\"%d\" y=\"26\" font-size=\"15\" font-weight=\"bold\">%s</text>%n", LEFT, title);
        axes(ticks);
        int line = 0;
        for (Map.Entry<String, double[]> entry : lines.entrySet()) {
            line(entry.getKey(), entry.getValue(), line++);
        }
        return svg.append("</svg>\n").toString();
    }

    /** Round numbers that enclose all values. */
    private List<Double> ticks(Map<String, double[]> lines) {
        double[] values = lines.values().stream()
                .flatMapToDouble(Arrays::stream)
                .filter(value -> !Double.isNaN(value) && (value > 0 || !logarithmic))
                .toArray();
        double highest = Arrays.stream(values).max().orElse(1);
        List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            double tick = Math.pow(
                    10, Math.floor(Math.log10(Arrays.stream(values).min().orElse(1))));
            ticks.add(tick);
            do {
                tick *= 10;
                ticks.add(tick);
            } while (tick < highest);
            return ticks;
        }
        double rough = Math.max(highest, 1e-9) / GRID_LINES;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double apart = Arrays.stream(NICE)
                .map(nice -> nice * power)
                .filter(nice -> nice >= rough)
                .findFirst()
                .orElse(rough);
        for (int i = 0; i == 0 || ticks.get(i - 1) < highest; i++) {
            ticks.add(i * apart);
        }
        return ticks;
    }

    private void axes(List<Double> ticks) {
        int right = WIDTH - RIGHT;
        int bottom = HEIGHT - BOTTOM;
        for (double tick : ticks) {
            add("<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>", LEFT, y(tick), right, y(tick));
            add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n", LEFT - 8, y(tick) + 4, tickText(tick));
        }
        for (int i = 0; i < steps.size(); i++) {
            add("<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#333\"/>", x(i), bottom, x(i), bottom + 5);
            add("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n", x(i), bottom + 20, steps.get(i));
        }
        add("<path d=\"M%d %d V%d H%d\" fill=\"none\" stroke=\"#333\"/>%n", LEFT, TOP, bottom, right);
        add("<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n", (LEFT + right) / 2, HEIGHT - 16, across);
        int middle = (TOP + bottom) / 2;
        add(
                "<text x=\"20\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 20 %d)\">%s</text>%n",
                middle, middle, up);
    }

    private static String tickText(double value) {
        String text = String.format(Locale.ROOT, value >= 10 ? "%,.0f" : "%.3f", value);
        return value >= 10 ? text : text.replaceFirst("\\.?0+$", "");
    }

    private void line(String name, double[] values, int line) {
        String colour = COLOURS.getOrDefault(name, OTHER_COLOURS.get(line % OTHER_COLOURS.size()));
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < values.length; i++) {
            if (!Double.isNaN(values[i])) {
                points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(i), y(values[i])));
                add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x(i), y(values[i]), colour);
            }
        }
        add("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n", points, colour);
        int legend = WIDTH - RIGHT + 20;
        int y = TOP + 6 + LEGEND_LINE * line;
        add(
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>",
                legend, y, legend + 20, y, colour);
        add("<text x=\"%d\" y=\"%d\">%s</text>%n", legend + 26, y + 4, name);
    }

    private double x(int step) {
        return LEFT + 20 + (steps.size() < 2 ? 0 : (double) step * (WIDTH - LEFT - RIGHT - 40) / (steps.size() - 1));
    }

    private double y(double value) {
        double share =
                logarithmic ? Math.log10(Math.max(value, least) / least) / Math.log10(most / least) : value / most;
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
