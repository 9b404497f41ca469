package io.connbudget.budget.planning;

import java.util.List;
import java.util.Locale;

/**
 * The waits of simulated loads as an SVG picture: for each load the share of requests that waited no longer than a time, on
 * a logarithmic axis from 10 microseconds to 100 seconds.
 */
public final class WaitPlot {
    private static final int LEFT = 60;
    private static final int TOP = 20;
    private static final int WIDTH = 560;
    private static final int HEIGHT = 300;
    private static final int LOWEST_EXPONENT = 4;
    private static final int DECADES = 7;
    private static final int POINTS_PER_DECADE = 20;
    private static final List<String> COLOURS =
            List.of("#1b6ca8", "#c8553d", "#3a7d44", "#8e5aa8", "#b08900", "#44803f", "#7a7a7a");
    private static final List<String> MARKS =
            List.of("10 us", "100 us", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s");

    private WaitPlot() {}

    /** A complete SVG document; names are escaped. */
    public static String svg(List<LoadResult> results) {
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n",
                LEFT + WIDTH + 20,
                TOP + HEIGHT + 50 + 18 * results.size());
        for (int i = 0; i <= DECADES; i++) {
            int x = LEFT + WIDTH * i / DECADES;
            add(svg, "<path d=\"M%d %dV%d\" stroke=\"#ddd\"/>", x, TOP, TOP + HEIGHT);
            add(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", x, TOP + HEIGHT + 18, MARKS.get(i));
        }
        for (int percent = 0; percent <= 100; percent += 25) {
            int y = TOP + HEIGHT - HEIGHT * percent / 100;
            add(svg, "<path d=\"M%d %dH%d\" stroke=\"#ddd\"/>", LEFT, y, LEFT + WIDTH);
            add(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%d %%</text>\n", LEFT - 8, y + 4, percent);
        }
        for (int i = 0; i < results.size(); i++) {
            curve(svg, results.get(i), COLOURS.get(i % COLOURS.size()), TOP + HEIGHT + 44 + 18 * i);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void curve(StringBuilder svg, LoadResult result, String colour, int legendY) {
        WaitHistogram waits = result.waits();
        add(svg, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
        for (int p = 0; p <= DECADES * POINTS_PER_DECADE; p++) {
            double nanos = Math.pow(10, LOWEST_EXPONENT + (double) p / POINTS_PER_DECADE);
            double x = LEFT + (double) WIDTH * p / (DECADES * POINTS_PER_DECADE);
            add(svg, "%.1f,%.1f ", x, TOP + HEIGHT * (1 - waits.shareWithin((long) nanos)));
        }
        add(
                svg,
                "\"/>\n<text x=\"%d\" y=\"%d\" fill=\"%s\">%s: %,d granted, %,d refused, median %.2f ms, 99 %% within %.2f ms</text>\n",
                LEFT,
                legendY,
                colour,
                escaped(result.name()),
                waits.count(),
                result.refused(),
                waits.quantileNanos(0.5) / 1e6,
                waits.quantileNanos(0.99) / 1e6);
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
