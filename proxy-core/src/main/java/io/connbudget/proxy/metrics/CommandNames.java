package io.connbudget.proxy.metrics;

import org.jspecify.annotations.Nullable;

/** Names of command codes as metric tags, without {@code COM_} and in lower case. */
final class CommandNames {
    /**
     * By code; the list ends where MySQL's enum ends.
     *
     * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/my__command_8h.html">enum_server_command</a>
     */
    private static final String[] NAMES = {
        "sleep",
        "quit",
        "init_db",
        "query",
        "field_list",
        "create_db",
        "drop_db",
        "refresh",
        "shutdown",
        "statistics",
        "process_info",
        "connect",
        "process_kill",
        "debug",
        "ping",
        "time",
        "delayed_insert",
        "change_user",
        "binlog_dump",
        "table_dump",
        "connect_out",
        "register_slave",
        "stmt_prepare",
        "stmt_execute",
        "stmt_send_long_data",
        "stmt_close",
        "stmt_reset",
        "set_option",
        "stmt_fetch",
        "daemon",
        "binlog_dump_gtid",
        "reset_connection",
    };

    private CommandNames() {}

    /** Null for a code that has no counter of its own; {@code other} for {@link LoopMetrics#OTHER_COMMANDS}. */
    static @Nullable String of(int kind) {
        if (kind == LoopMetrics.OTHER_COMMANDS) {
            return "other";
        }
        return kind >= 0 && kind < NAMES.length ? NAMES[kind] : null;
    }
}
