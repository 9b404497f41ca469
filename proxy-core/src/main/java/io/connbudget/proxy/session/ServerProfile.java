package io.connbudget.proxy.session;

import io.connbudget.wire.ServerStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the proxy must know about a database server to speak for it: read once from a pooled connection, and again when
 * the server's version changes. Immutable.
 *
 * @param version the server's own version text, as its greeting gives it; also the text of our greeting
 * @param collations collation id to name and character set, from {@code information_schema}
 * @param defaultCollation the collation of a login whose collation id is unknown to the server
 * @param defaultSqlMode of sessions that set none
 * @param defaultStatus the lasting server status flags of sessions that set none
 * @param sharedFlags variables that the server announces under each other's names, so that a change of one means that all
 *     must be read; empty where it tells them apart
 * @param defaults of sessions that set none: of those variables that cannot be replayed, and of those that statements are
 *     prepared under, where the server has one
 * @param trackingStatement the SET that turns the tracking of session state on (FACTS, section 4: an explicit list of
 *     names, because {@code *} makes MySQL announce its statement counter with every OK)
 */
public record ServerProfile(
        String version,
        Map<Integer, ConnectionCharset> collations,
        int defaultCollationId,
        ConnectionCharset defaultCollation,
        String defaultSqlMode,
        int defaultStatus,
        List<String> sharedFlags,
        Map<String, String> defaults,
        String trackingStatement) {

    /** What MariaDB puts before its version in the greeting, for replicas that know one digit only. */
    private static final String MARIADB_PREFIX = "5.5.5-";

    /** Announced by nobody usefully: counters, results of the last statement, and what follows the schema. */
    private static final Set<String> NOT_TRACKED = Set.of(
            "statement_id",
            "warning_count",
            "error_count",
            "last_insert_id",
            "identity",
            "last_gtid",
            "in_transaction",
            "character_set_database",
            "collation_database",
            "proxy_user",
            "external_user");

    /**
     * What a server is that says this of itself.
     *
     * @param sessionVariables every name that a session may set; MariaDB refuses the whole list of variables to be tracked
     *     for one unknown name, so the names must come from the server itself
     * @param globalVariables values by name, which sessions begin with
     */
    public static ServerProfile of(
            String version,
            Set<String> sessionVariables,
            Map<Integer, ConnectionCharset> collations,
            int defaultCollationId,
            ConnectionCharset defaultCollation,
            String defaultSqlMode,
            boolean autocommit,
            Map<String, String> globalVariables) {
        List<String> sharedFlags = SharedFlags.of(mariaDb(version), versionNumber(version), sessionVariables);
        return new ServerProfile(
                version,
                collations,
                defaultCollationId,
                defaultCollation,
                defaultSqlMode,
                (autocommit ? ServerStatus.AUTOCOMMIT : 0)
                        | (defaultSqlMode.contains("NO_BACKSLASH_ESCAPES") ? ServerStatus.NO_BACKSLASH_ESCAPES : 0),
                sharedFlags,
                defaults(globalVariables),
                trackingStatement(sessionVariables, !sharedFlags.isEmpty()));
    }

    /** The same server, which is not asked to announce anything. */
    public ServerProfile untracked() {
        return new ServerProfile(
                version,
                collations,
                defaultCollationId,
                defaultCollation,
                defaultSqlMode,
                defaultStatus,
                List.of(),
                defaults,
                "DO 0");
    }

    private static Map<String, String> defaults(Map<String, String> globalVariables) {
        Map<String, String> defaults = new HashMap<>();
        Stream.concat(ReplayRules.UNREPLAYABLE.stream(), ReplayRules.OF_PREPARATION.stream())
                .forEach(name -> {
                    String value = globalVariables.get(name);
                    if (value != null) {
                        defaults.put(name, value);
                    }
                });
        // Variables of sessions alone.
        defaults.putIfAbsent("sql_log_bin", "ON");
        defaults.putIfAbsent("gtid_next", "AUTOMATIC");
        for (String flag : List.of("pseudo_slave_mode", "skip_replication", "skip_parallel_replication")) {
            defaults.putIfAbsent(flag, "OFF");
        }
        defaults.put(ReplayRules.SQL_AUTO_IS_NULL, "OFF");
        return Map.copyOf(defaults);
    }

    public boolean mariaDb() {
        return mariaDb(version);
    }

    private static boolean mariaDb(String version) {
        return version.contains("MariaDB");
    }

    /** The version as MySQL's conditional comments write it: 9.4.0 is 90400, 10.11.19 is 101119. */
    public int versionNumber() {
        return versionNumber(version);
    }

    private static int versionNumber(String version) {
        int[] parts = new int[3];
        int part = 0;
        int from = version.startsWith(MARIADB_PREFIX) ? MARIADB_PREFIX.length() : 0;
        for (int i = from; i < version.length() && part < 3; i++) {
            char c = version.charAt(i);
            if (c >= '0' && c <= '9') {
                parts[part] = parts[part] * 10 + (c - '0');
            } else if (c == '.') {
                part++;
            } else {
                break;
            }
        }
        return parts[0] * 10_000 + parts[1] * 100 + parts[2];
    }

    /** What a login with this collation id gets. */
    public ConnectionCharset charset(int collationId) {
        @Nullable ConnectionCharset known = collations.get(collationId);
        return known != null ? known : defaultCollation;
    }

    private static String trackingStatement(Set<String> sessionVariables, boolean sharesNames) {
        TreeSet<String> names = new TreeSet<>();
        for (String name : sessionVariables) {
            if (!NOT_TRACKED.contains(name)
                    && (!sharesNames || SharedFlags.track(name))
                    && !name.startsWith("session_track_")
                    && !name.startsWith("performance_schema")) {
                names.add(name);
            }
        }
        return "SET @@session.session_track_system_variables='" + String.join(",", names)
                + "',@@session.session_track_schema=1,@@session.session_track_state_change=1,"
                + "@@session.session_track_transaction_info='CHARACTERISTICS'";
    }
}
