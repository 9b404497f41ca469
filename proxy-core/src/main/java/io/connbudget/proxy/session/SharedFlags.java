package io.connbudget.proxy.session;

import java.util.List;
import java.util.Set;

/**
 * Variables of MariaDB that its session tracker does not tell apart. From 11.1 on it knows variables by the place of their
 * value (MDEV-31746), and these are bits of one place: a change of any is announced as a change of one of them, with that
 * one's value. Their values are therefore read from the backend (docs/adr/0022).
 */
final class SharedFlags {
    private static final int FROM_VERSION = 110_100;

    private static final List<String> FLAGS = List.of(
            "autocommit",
            "big_tables",
            "check_constraint_checks",
            "explicit_defaults_for_timestamp",
            "foreign_key_checks",
            "profiling",
            "skip_parallel_replication",
            "skip_replication",
            "sql_auto_is_null",
            "sql_big_selects",
            "sql_buffer_result",
            "sql_if_exists",
            "sql_log_bin",
            "sql_log_off",
            "sql_notes",
            "sql_quote_show_create",
            "sql_safe_updates",
            "sql_warnings",
            "system_versioning_insert_history",
            "unique_checks");

    /**
     * Left out of the tracker's list, because their announcement would come in place of one that says more: the value of
     * the collation in place of the character set's, a deprecated name in place of the usual one.
     */
    private static final Set<String> EXPLAINED_BY_ANOTHER =
            Set.of("collation_connection", "character_set_server", "log_queries_not_using_indexes", "storage_engine");

    private SharedFlags() {}

    /** Those of a server, in a fixed order; none where it tells variables apart. */
    static List<String> of(boolean mariaDb, int versionNumber, Set<String> sessionVariables) {
        return mariaDb && versionNumber >= FROM_VERSION
                ? FLAGS.stream().filter(sessionVariables::contains).toList()
                : List.of();
    }

    /** Whether a server that does not tell variables apart must be asked to track this one. */
    static boolean track(String name) {
        return !EXPLAINED_BY_ANOTHER.contains(name);
    }
}
