package io.connbudget.proxy.operate;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rows under named columns: what a list of records looks like to a console. A component {@code maxwaitUs} is the column {@code maxwait_us}.
 *
 * @param rows values are text, numbers, booleans or null, as many as there are columns
 */
public record Table(List<Column> columns, List<List<@Nullable Object>> rows) {

    /**
     * A column; numbers are shown to the right.
     *
     * @param fraction whether its numbers may have fractions
     */
    public record Column(String name, boolean number, boolean fraction) {
        /** A column of texts, or of whole numbers. */
        public Column(String name, boolean number) {
            this(name, number, false);
        }
    }

    public Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** The records' components, in their order. */
    public static <R extends Record> Table of(Class<R> type, List<R> records) {
        RecordComponent[] components = type.getRecordComponents();
        List<Column> columns = Arrays.stream(components)
                .map(component ->
                        new Column(name(component), number(component.getType()), component.getType() == double.class))
                .toList();
        List<List<@Nullable Object>> rows = new ArrayList<>(records.size());
        for (R each : records) {
            List<@Nullable Object> row = new ArrayList<>(components.length);
            for (RecordComponent component : components) {
                row.add(value(component, each));
            }
            rows.add(Collections.unmodifiableList(row));
        }
        return new Table(columns, rows);
    }

    private static @Nullable Object value(RecordComponent component, Object of) {
        try {
            return component.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("accessor of " + component, e);
        }
    }

    private static String name(RecordComponent component) {
        Named named = component.getAnnotation(Named.class);
        return named != null
                ? named.value()
                : component.getName().replaceAll("(?<=[a-z0-9])([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static boolean number(Class<?> type) {
        return type != boolean.class && (type.isPrimitive() || Number.class.isAssignableFrom(type));
    }

    /** Place of a column by its name in any case; -1 where there is none. */
    public int column(String name) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    /** With those rows only that pass. */
    public Table filter(Predicate<List<@Nullable Object>> passes) {
        return new Table(columns, rows.stream().filter(passes).toList());
    }

    /** A value as text; null stays null, and a boolean is 1 or 0 as in SQL. */
    public static @Nullable String text(@Nullable Object value) {
        if (value instanceof Boolean flag) {
            return flag ? "1" : "0";
        }
        return value == null ? null : value.toString();
    }
}
