package io.connbudget.proxy.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The user variables of a session and, for each, an SQL expression that gives it the same value, type and collation on
 * any backend. Immutable and safe for any thread. Names are in lower case, as servers ignore their case.
 */
public final class UserVariables {
    public static final UserVariables NONE = new UserVariables(new String[0], new String[0]);

    private final String[] names;
    private final String[] expressions;
    private final int length;

    private UserVariables(String[] names, String[] expressions) {
        this.names = names;
        this.expressions = expressions;
        int sum = 0;
        for (String expression : expressions) {
            sum += expression.length();
        }
        this.length = sum;
    }

    public boolean isEmpty() {
        return names.length == 0;
    }

    int size() {
        return names.length;
    }

    /** Characters of all expressions. */
    int length() {
        return length;
    }

    UserVariables with(String name, String expression) {
        int i = Arrays.binarySearch(names, name);
        if (i >= 0) {
            if (expressions[i].equals(expression)) {
                return this;
            }
            String[] changed = expressions.clone();
            changed[i] = expression;
            return new UserVariables(names, changed);
        }
        int at = -i - 1;
        return new UserVariables(insert(names, at, name), insert(expressions, at, expression));
    }

    private static String[] insert(String[] from, int at, String value) {
        String[] to = new String[from.length + 1];
        System.arraycopy(from, 0, to, 0, at);
        to[at] = value;
        System.arraycopy(from, at, to, at + 1, from.length - at);
        return to;
    }

    private @Nullable String get(String name) {
        int i = Arrays.binarySearch(names, name);
        return i < 0 ? null : expressions[i];
    }

    /**
     * These and, with the value NULL, all others that are {@code there}: to code that only takes values, as a function of the
     * database does, one that is NULL is like one that never was.
     */
    public UserVariables andNullsFor(UserVariables there) {
        UserVariables all = this;
        for (String name : there.names) {
            if (Arrays.binarySearch(names, name) < 0) {
                all = all.with(name, UserVariableText.FORGOTTEN);
            }
        }
        return all;
    }

    /** Whether each variable of {@code other} is one of these too: assignments alone can then make other equal to these. */
    public boolean haveAllNamesOf(UserVariables other) {
        for (String name : other.names) {
            if (Arrays.binarySearch(names, name) < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * The statements that make {@code there} equal to these.
     *
     * @param collation of the connection, which is so again behind them
     */
    public List<String> assignments(UserVariables there, String collation) {
        // By the collation that the connection must have meanwhile.
        Map<String, StringBuilder> sets = new LinkedHashMap<>(2);
        for (int i = 0; i < names.length; i++) {
            String expression = expressions[i];
            if (!expression.equals(there.get(names[i]))) {
                StringBuilder set = sets.computeIfAbsent(
                        UserVariableText.collation(expression, collation), key -> new StringBuilder());
                set.append(set.isEmpty() ? "SET " : ",");
                UserVariableText.assign(set, names[i], expression);
            }
        }
        List<String> statements = new ArrayList<>(2);
        StringBuilder plain = sets.remove(collation);
        if (plain != null) {
            statements.add(plain.toString());
        }
        sets.forEach((other, set) -> {
            statements.add(SqlText.set(SessionState.COLLATION_CONNECTION, other));
            statements.add(set.toString());
        });
        if (!sets.isEmpty()) {
            statements.add(SqlText.set(SessionState.COLLATION_CONNECTION, collation));
        }
        return statements;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof UserVariables that
                        && length == that.length
                        && Arrays.equals(names, that.names)
                        && Arrays.equals(expressions, that.expressions));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(names) * 31 + Arrays.hashCode(expressions);
    }

    /** Names only: values may hold what a client considers private. */
    @Override
    public String toString() {
        return "UserVariables" + Arrays.toString(names);
    }
}
