package io.connbudget.proxy.operate;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Every picture that a {@link ProxyView} gives, by the word that asks for it. */
public enum View {
    POOLS(PoolRow.class, ProxyView::pools, "the pool: clients and backends by state, budget"),
    CLIENTS(ClientRow.class, ProxyView::clients, "client connections"),
    SERVERS(ServerRow.class, ProxyView::servers, "connections to the database"),
    CLASSES(ClassRow.class, ProxyView::classes, "client classes: limits and use"),
    WAITERS(WaiterRow.class, ProxyView::waiters, "clients that wait for a backend"),
    PINS(PinRow.class, ProxyView::pins, "sessions that keep their backend, and why"),
    HOLDERS(HolderRow.class, ProxyView::holders, "who holds the budget; first what would free the most"),
    STATS(StatsRow.class, ProxyView::stats, "totals, and means of the last ten seconds"),
    LISTS(ListRow.class, ProxyView::lists, "how many there are of each thing"),
    CONFIG(ConfigRow.class, ProxyView::config, "every key, its value, and whether RELOAD changes it"),
    ACCOUNTS(AccountRow.class, ProxyView::accounts, "accounts of clients and operators"),
    VERSION(VersionRow.class, ProxyView::version, "versions"),
    EVENTS(EventRow.class, ProxyView::events, "what happened last"),
    SAMPLES(SampleRow.class, ProxyView::samples, "the last seconds");

    /** A function without state. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final Function<ProxyView, Table> table;

    private final String meaning;

    <R extends Record> View(Class<R> row, Function<ProxyView, List<R>> rows, String meaning) {
        this.table = view -> Table.of(row, rows.apply(view));
        this.meaning = meaning;
    }

    /** As in {@code SHOW} statements and paths of HTTP, lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public String meaning() {
        return meaning;
    }

    /** The picture of this moment; blocks, see {@link ProxyView}. */
    public Table of(ProxyView view) {
        return table.apply(view);
    }

    /** By its word in any case; null where there is none. */
    public static @Nullable View named(String word) {
        for (View view : values()) {
            if (view.name().equalsIgnoreCase(word)) {
                return view;
            }
        }
        return null;
    }
}
