package io.connbudget.proxy.session;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The replayable part of a session: what a backend must be told so that a client cannot distinguish it from its own.
 *
 * <p>Immutable and safe for any thread. Variables are those that the client has set explicitly, by the server's own
 * announcement (session-track data), in the server's own spelling; a variable that is absent has the server's default.
 * The three character sets and the collation of the connection are always present.
 */
public final class SessionState {
    /** The state of a physical connection about which nothing is known: equal to no session's. */
    public static final SessionState UNKNOWN = new SessionState(null, new String[0], new String[0], "");

    public static final String CHARACTER_SET_CLIENT = "character_set_client";
    public static final String CHARACTER_SET_CONNECTION = "character_set_connection";
    public static final String CHARACTER_SET_RESULTS = "character_set_results";
    public static final String COLLATION_CONNECTION = "collation_connection";

    /**
     * No variable of the server's: the collation of the client's character set, by which MariaDB compares the parameters of
     * prepared statements, and of which it tells nobody. Empty for the character set's own; absent on MySQL.
     */
    static final String CLIENT_COLLATION = "@client_collation";

    /**
     * No variable of the server's: the collation of the character set of results, which MySQL names in the definitions of
     * columns and nowhere else; its number in decimal digits. Empty where results come in no character set; absent on MariaDB.
     */
    static final String RESULTS_COLLATION = "@results_collation";

    private static final String[] OF_VALUES = {CHARACTER_SET_CLIENT, COLLATION_CONNECTION, CLIENT_COLLATION};

    private final @Nullable String schema;
    private final String[] names;
    private final String[] values;
    private final String nextTransaction;
    private final int hash;

    private SessionState(@Nullable String schema, String[] names, String[] values, String nextTransaction) {
        this.schema = schema;
        this.names = names;
        this.values = values;
        this.nextTransaction = nextTransaction;
        this.hash = Objects.hash(schema, Arrays.hashCode(names), Arrays.hashCode(values), nextTransaction);
    }

    /**
     * What a session has when it begins.
     *
     * @param schema the schema named at login, or null
     * @param charset the character set and collation that the login's collation id stands for
     */
    public static SessionState atLogin(@Nullable String schema, ConnectionCharset charset) {
        return new SessionState(schema, new String[0], new String[0], "")
                .with(CHARACTER_SET_CLIENT, charset.client())
                .with(CHARACTER_SET_CONNECTION, charset.connection())
                .with(CHARACTER_SET_RESULTS, charset.results())
                .with(COLLATION_CONNECTION, charset.collation());
    }

    /** The current schema; null when none is selected. */
    public @Nullable String schema() {
        return schema;
    }

    /** How many variables were set. */
    public int size() {
        return names.length;
    }

    /** The name of variable {@code i} in alphabetical order, 0 to {@link #size()} - 1. */
    public String name(int i) {
        return names[i];
    }

    /** The value of variable {@code i}, as the server announced it. */
    public String value(int i) {
        return values[i];
    }

    /** The value that the client set, or null where it set none. */
    public @Nullable String get(String name) {
        int i = Arrays.binarySearch(names, name);
        return i < 0 ? null : values[i];
    }

    /** Whether values that a client sends are taken alike. */
    boolean hasCharsetsOf(SessionState other) {
        for (String name : OF_VALUES) {
            if (!Objects.equals(get(name), other.get(name))) {
                return false;
            }
        }
        return true;
    }

    boolean hasClientCollation() {
        String collation = get(CLIENT_COLLATION);
        return collation != null && !collation.isEmpty();
    }

    /**
     * What character_set_results is set to: on MySQL the number of the collation, with which it takes the collation, too, and
     * not the one that is the default of the character set.
     */
    @Nullable String resultsToAssign() {
        String collation = get(RESULTS_COLLATION);
        return collation == null || collation.isEmpty() ? get(CHARACTER_SET_RESULTS) : collation;
    }

    /** The statements that give the next transaction its characteristics ("SET TRANSACTION ...;"), empty when there are none. */
    public String nextTransaction() {
        return nextTransaction;
    }

    public SessionState withSchema(@Nullable String name) {
        return Objects.equals(schema, name) ? this : new SessionState(name, names, values, nextTransaction);
    }

    public SessionState withNextTransaction(String statements) {
        return nextTransaction.equals(statements) ? this : new SessionState(schema, names, values, statements);
    }

    public SessionState with(String name, String value) {
        int i = Arrays.binarySearch(names, name);
        if (i >= 0) {
            if (values[i].equals(value)) {
                return this;
            }
            String[] changed = values.clone();
            changed[i] = value;
            return new SessionState(schema, names, changed, nextTransaction);
        }
        int at = -i - 1;
        return new SessionState(schema, insert(names, at, name), insert(values, at, value), nextTransaction);
    }

    private static String[] insert(String[] from, int at, String value) {
        String[] to = new String[from.length + 1];
        System.arraycopy(from, 0, to, 0, at);
        to[at] = value;
        System.arraycopy(from, at, to, at + 1, from.length - at);
        return to;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof SessionState that
                        && hash == that.hash
                        && Objects.equals(schema, that.schema)
                        && nextTransaction.equals(that.nextTransaction)
                        && Arrays.equals(names, that.names)
                        && Arrays.equals(values, that.values));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Names only: values may hold what a client considers private. */
    @Override
    public String toString() {
        return "SessionState[schema=" + schema + ", variables=" + Arrays.toString(names) + "]";
    }
}
