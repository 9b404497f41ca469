package io.connbudget.proxy.console;

import io.connbudget.proxy.operate.Like;
import io.connbudget.proxy.operate.Table;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** {@code LIKE 'pattern'} (a text column is like it), {@code WHERE column LIKE 'pattern'}, {@code WHERE column = value}. */
final class RowFilter {
    private RowFilter() {}

    /** @throws IllegalArgumentException with what was expected, if the words from {@code at} on are none of these */
    static Table apply(Table table, ConsoleStatement statement, int at) {
        if (statement.size() == at) {
            return table;
        }
        if (statement.at(at, "LIKE") && statement.size() == at + 2) {
            Like like = new Like(statement.word(at + 1));
            return table.filter(row ->
                    row.stream().anyMatch(value -> value instanceof String text && like.matches(text)));
        }
        if (statement.at(at, "WHERE") && statement.size() == at + 4) {
            int column = table.column(statement.word(at + 1));
            if (column < 0) {
                throw new IllegalArgumentException("there is no column '" + statement.word(at + 1)
                        + "'; expected one of "
                        + String.join(
                                ", ",
                                table.columns().stream().map(Table.Column::name).toList()));
            }
            String wanted = statement.word(at + 3);
            if (statement.at(at + 2, "LIKE")) {
                return table.filter(matching(column, new Like(wanted)::matches));
            }
            if (statement.at(at + 2, "=")) {
                return table.filter(matching(column, wanted::equalsIgnoreCase));
            }
        }
        throw new IllegalArgumentException(
                "expected nothing, LIKE 'pattern', WHERE column LIKE 'pattern' or WHERE column = value behind "
                        + statement.word(at - 1));
    }

    private static Predicate<List<@Nullable Object>> matching(int column, Predicate<String> passes) {
        return row -> {
            String text = Table.text(row.get(column));
            return text != null && passes.test(text);
        };
    }
}
