package io.connbudget.proxy.session;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes values as SQL that means the same in every SQL mode and client character set. */
public final class SqlText {
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,20}(\\.\\d+)?");
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_,.:/+ =-]*");

    /** Announced as an empty text where they are NULL. */
    private static final Set<String> NULL_WHERE_EMPTY =
            Set.of(SessionState.CHARACTER_SET_RESULTS, "default_tmp_storage_engine", "enforce_storage_engine");

    /** What {@link #assignNames} assigns. */
    static final Set<String> BY_NAMES = Set.of(
            SessionState.CHARACTER_SET_CLIENT, SessionState.CHARACTER_SET_RESULTS, SessionState.COLLATION_CONNECTION);

    private SqlText() {}

    /** Appends {@code @@session.name=value}, after a comma where {@code sets} is not empty; null: {@link #assignDefault}. */
    static void assign(StringBuilder sets, String name, @Nullable String value) {
        if (value == null) {
            assignDefault(sets, name);
            return;
        }
        separate(sets).append("@@session.").append(name).append('=');
        if (value.isEmpty() && NULL_WHERE_EMPTY.contains(name)) {
            sets.append("NULL");
        } else {
            sets.append(literal(value));
        }
    }

    /**
     * Appends what gives a MariaDB session its client's character set with a collation: NAMES, and what that sets besides.
     * The session has such a collation.
     */
    static void assignNames(StringBuilder sets, SessionState session) {
        String charset = String.valueOf(session.get(SessionState.CHARACTER_SET_CLIENT));
        String collation = String.valueOf(session.get(SessionState.CLIENT_COLLATION));
        separate(sets)
                .append("NAMES ")
                .append(literal(charset))
                .append(" COLLATE ")
                .append(literal(collation));
        assignUnless(charset, sets, SessionState.CHARACTER_SET_RESULTS, session);
        assignUnless(collation, sets, SessionState.COLLATION_CONNECTION, session);
    }

    private static void assignUnless(String has, StringBuilder sets, String name, SessionState session) {
        String value = session.get(name);
        if (!has.equals(value)) {
            assign(sets, name, value);
        }
    }

    /**
     * Appends {@code @@session.name=DEFAULT}, or what does the same: MySQL's DEFAULT turns foreign_key_checks and
     * unique_checks off whatever their global values are.
     */
    static void assignDefault(StringBuilder sets, String name) {
        separate(sets).append("@@session.").append(name).append('=');
        if (name.equals("foreign_key_checks") || name.equals("unique_checks")) {
            sets.append("@@global.").append(name);
        } else {
            sets.append("DEFAULT");
        }
    }

    /** A statement that sets one variable; null: to the server's default. */
    public static String set(String name, @Nullable String value) {
        StringBuilder sets = new StringBuilder();
        assign(sets, name, value);
        return "SET " + sets;
    }

    private static StringBuilder separate(StringBuilder sets) {
        return sets.isEmpty() ? sets : sets.append(',');
    }

    /**
     * A literal for a system variable's value: bare when it is a number (numeric variables refuse strings), quoted when
     * no quoting rule can matter, else in hexadecimal.
     */
    static String literal(String value) {
        if (NUMBER.matcher(value).matches()) {
            return value;
        }
        if (SAFE.matcher(value).matches()) {
            return "'" + value + "'";
        }
        return "_utf8mb4 0x" + HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8));
    }
}
