package io.connbudget.proxy.admin;

import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.proxy.operate.Table;
import io.connbudget.proxy.operate.View;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What the dashboard shows, made at most once a second for all who look. Thread-safe. */
final class LivePicture {
    private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(900);
    private static final int TOP = 25;

    private final ProxyView view;
    private String picture = "";
    private long madeNanos;

    LivePicture(ProxyView view) {
        this.view = view;
    }

    /** A JSON object in one line. Blocks. */
    synchronized String json() {
        long now = System.nanoTime();
        if (picture.isEmpty() || now - madeNanos > FRESH_NANOS) {
            Map<String, Table> parts = new LinkedHashMap<>();
            for (View each :
                    new View[] {View.POOLS, View.CLASSES, View.LISTS, View.STATS, View.SAMPLES, View.VERSION}) {
                parts.put(each.word(), each.of(view));
            }
            for (View each : new View[] {View.HOLDERS, View.WAITERS, View.PINS, View.EVENTS}) {
                parts.put(each.word(), top(each.of(view)));
            }
            picture = JsonTables.object(parts);
            madeNanos = now;
        }
        return picture;
    }

    private static Table top(Table table) {
        return table.rows().size() <= TOP
                ? table
                : new Table(table.columns(), table.rows().subList(0, TOP));
    }
}
