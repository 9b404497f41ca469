package io.connbudget.proxy.session;

import java.util.List;
import java.util.Set;

/**
 * Which variables can be set again on another backend, and which of those cannot fail. Names are those of both servers.
 */
public final class ReplayRules {
    /** While it is on, a query asks for the id that the statement before it generated, without naming it. */
    static final String SQL_AUTO_IS_NULL = "sql_auto_is_null";

    /**
     * Announced values of these do not bring the same state back: they count, are used up by one statement, or are
     * announced wrongly (FACTS, section 4). A session that sets one keeps its backend.
     */
    static final Set<String> UNREPLAYABLE = Set.of(
            "timestamp",
            "rand_seed1",
            "rand_seed2",
            "insert_id",
            "pseudo_thread_id",
            "pseudo_slave_mode",
            "pseudo_replica_mode",
            "gtid_next",
            "gtid_seq_no",
            "gtid_domain_id",
            "server_id",
            "sql_log_bin",
            "original_commit_timestamp",
            "original_server_version",
            "immediate_server_version",
            "debug",
            "debug_sync",
            "debug_dbug",
            "resultset_metadata",
            "skip_replication",
            "skip_parallel_replication",
            "wsrep_on",
            "binlog_format",
            "binlog_row_image",
            "system_versioning_asof",
            "sql_log_off",
            "profiling",
            "profiling_history_size");

    /**
     * Values of these that the server has accepted once it accepts again, from any account and at any time outside a
     * transaction, and DEFAULT too. Their SET may therefore travel in one write with the command behind it; all others
     * wait for the server's word first (docs/adr/0002).
     */
    private static final Set<String> INFALLIBLE = Set.of(
            SessionState.CHARACTER_SET_CLIENT,
            SessionState.CHARACTER_SET_CONNECTION,
            SessionState.CHARACTER_SET_RESULTS,
            SessionState.COLLATION_CONNECTION,
            "autocommit",
            "sql_mode",
            "time_zone",
            "transaction_isolation",
            "transaction_read_only",
            "tx_isolation",
            "tx_read_only",
            "foreign_key_checks",
            "unique_checks",
            SQL_AUTO_IS_NULL,
            "sql_safe_updates",
            "sql_big_selects",
            "sql_select_limit",
            "sql_quote_show_create",
            "sql_notes",
            "sql_buffer_result",
            "sql_if_exists",
            "check_constraint_checks",
            "system_versioning_insert_history",
            "big_tables",
            "sql_warnings",
            "wait_timeout",
            "interactive_timeout",
            "net_read_timeout",
            "net_write_timeout",
            "lock_wait_timeout",
            "innodb_lock_wait_timeout",
            "max_execution_time",
            "max_statement_time",
            "group_concat_max_len",
            "div_precision_increment",
            "default_week_format",
            "lc_time_names",
            "auto_increment_increment",
            "auto_increment_offset",
            "max_join_size",
            "max_error_count",
            "completion_type",
            "optimizer_switch",
            "join_buffer_size",
            "sort_buffer_size",
            "tmp_table_size",
            "max_heap_table_size",
            "read_buffer_size",
            "read_rnd_buffer_size",
            "cte_max_recursion_depth",
            "default_storage_engine",
            "default_collation_for_utf8mb4",
            "explicit_defaults_for_timestamp",
            "information_schema_stats_expiry",
            "windowing_use_high_precision",
            "end_markers_in_json",
            "updatable_views_with_limit",
            "old_mode",
            "character_set_collations",
            "default_tmp_storage_engine",
            "old_alter_table");

    /**
     * Variables whose SET brings a warning that they are deprecated, on MariaDB 10.11 or 11.4. The names with "tx_" are not
     * among them: where setting them warns, {@code transaction_isolation} and its like are announced in their place.
     */
    private static final Set<String> DEPRECATED = Set.of(
            "big_tables",
            "keep_files_on_create",
            "log_slow_admin_statements",
            "max_tmp_tables",
            "old",
            "old_alter_table",
            "old_mode",
            "optimizer_adjust_secondary_key_costs",
            "sql_notes",
            "storage_engine",
            "wsrep_causal_reads");

    /**
     * Servers look at these when they prepare a statement, and not again when they run it: the character set and collation
     * of its literals, the number of digits of its divisions, the mode of a WEEK() without one, the language of a DAYNAME()
     * of a literal (MySQL), the zone of a literal with an offset (MySQL), what _utf8 is (MariaDB). Some they take over from
     * an execution, if they prepare the statement anew for it or (MariaDB, sql_if_exists) in any case. All of them must be
     * {@link #infallible}.
     */
    static final List<String> OF_PREPARATION = List.of(
            SessionState.CHARACTER_SET_CLIENT,
            SessionState.COLLATION_CONNECTION,
            "sql_mode",
            "div_precision_increment",
            "default_collation_for_utf8mb4",
            "default_week_format",
            "group_concat_max_len",
            "windowing_use_high_precision",
            "lc_time_names",
            "time_zone",
            "old_mode",
            "character_set_collations",
            "sql_if_exists",
            "default_tmp_storage_engine");

    private ReplayRules() {}

    /** Whether a SET that {@link StatementText} gave may bring a warning that a variable is deprecated. */
    public static boolean warns(String setUp) {
        return OF_PREPARATION.stream().anyMatch(name -> deprecated(name) && setUp.contains(name));
    }

    static boolean infallible(String name) {
        return INFALLIBLE.contains(name);
    }

    /** Whether the variable is one of character sets or collations. */
    static boolean ofCharset(String name) {
        return name.startsWith("character_set_") || name.startsWith("collation_");
    }

    /** Whether a session that sets this variable to another value than its default must keep its backend. */
    public static boolean unreplayable(String name) {
        return UNREPLAYABLE.contains(name);
    }

    /** Whether a SET of this variable may bring a warning that it is deprecated. */
    static boolean deprecated(String name) {
        return DEPRECATED.contains(name);
    }
}
