package io.connbudget.it.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A plot of lines over named steps, as SVG; both axes begin at their lowest value or at 0. */
final class Plot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 320;
    private static final int LEFT = 70;
    private static final int TOP = 40;
    private static final int RIGHT = 130;
    private static final int BOTTOM = 40;
    private static final int GRID_LINES = 4;
    private static final List<String> COLOURS =
            List.of("#888888", "#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b");

    private Plot() {}

    /** @param lines a value for each step; NaN for none */
    static String lines(String title, List<String> steps, Map<String, double[]> lines) {
        double most = lines.values().stream()
                .flatMapToDouble(values -> java.util.Arrays.stream(values))
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(1);
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH,
                HEIGHT);
        add(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
        add(svg, "<text x=\"%d\" y=\"22\" font-size=\"14\">%s</text>", LEFT, title);
        for (int i = 0; i <= GRID_LINES; i++) {
            double value = most * i / GRID_LINES;
            add(
                    svg,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT,
                    y(value, most),
                    WIDTH - RIGHT,
                    y(value, most),
                    LEFT - 6,
                    y(value, most) + 4,
                    String.format(Locale.ROOT, most >= 100 ? "%.0f" : "%.1f", value));
        }
        for (int i = 0; i < steps.size(); i++) {
            add(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    x(i, steps.size()),
                    HEIGHT - BOTTOM + 18,
                    steps.get(i));
        }
        int line = 0;
        for (Map.Entry<String, double[]> entry : lines.entrySet()) {
            String colour = COLOURS.get(line % COLOURS.size());
            StringBuilder points = new StringBuilder();
            for (int i = 0; i < entry.getValue().length; i++) {
                double value = entry.getValue()[i];
                if (!Double.isNaN(value)) {
                    add(points, "%.1f,%.1f ", x(i, steps.size()), y(value, most));
                }
            }
            add(
                    svg,
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>"
                            + "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
                    points,
                    colour,
                    WIDTH - RIGHT + 10,
                    TOP + 10 + 18 * line,
                    colour,
                    entry.getKey());
            line++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static double x(int step, int steps) {
        return LEFT + 10 + (steps < 2 ? 0 : (double) step * (WIDTH - LEFT - RIGHT - 20) / (steps - 1));
    }

    private static double y(double value, double most) {
        return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
    }

    private static void add(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }
}
