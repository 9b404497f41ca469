package io.connbudget.proxy.console;

import io.connbudget.proxy.operate.Like;
import io.connbudget.proxy.operate.Table;
import io.connbudget.proxy.operate.Table.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers what drivers and command-line clients send before and beside the operator's own statements: variables, set-up, and completions, which are
 * empty. What is answered here tells nothing and changes nothing.
 */
final class SetUpAnswers {
    private static final Set<String> IGNORED =
            Set.of("USE", "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE");

    /** The second word of SHOW statements that clients fill their completions from. */
    private static final Set<String> EMPTY_SHOWS = Set.of(
            "DATABASES",
            "SCHEMAS",
            "TABLES",
            "FULL",
            "WARNINGS",
            "ERRORS",
            "COLLATION",
            "ENGINES",
            "PLUGINS",
            "STATUS",
            "GLOBAL",
            "SESSION",
            "FUNCTION",
            "PROCEDURE",
            "CHARACTER",
            "CHARSET",
            "PROCESSLIST",
            "GRANTS",
            "TABLE",
            "MASTER",
            "BINARY",
            "REPLICA",
            "SLAVE",
            "CREATE",
            "COLUMNS",
            "INDEX",
            "KEYS",
            "TRIGGERS",
            "EVENTS_OF",
            "USERS");

    private final String user;
    private final long connectionId;
    private final Map<String, String> variables = new TreeMap<>();

    SetUpAnswers(String version, String user, long connectionId) {
        this.user = user;
        this.connectionId = connectionId;
        String charset = "utf8mb4";
        for (String name : List.of(
                "character_set_client",
                "character_set_connection",
                "character_set_results",
                "character_set_server",
                "character_set_database",
                "character_set_system")) {
            variables.put(name, charset);
        }
        variables.put("auto_increment_increment", "1");
        variables.put("autocommit", "1");
        variables.put("collation_connection", "utf8mb4_general_ci");
        variables.put("collation_server", "utf8mb4_general_ci");
        variables.put("collation_database", "utf8mb4_general_ci");
        variables.put("default_authentication_plugin", "caching_sha2_password");
        variables.put("init_connect", "");
        variables.put("interactive_timeout", "28800");
        variables.put("license", "Apache-2.0");
        variables.put("lower_case_table_names", "0");
        variables.put("max_allowed_packet", "16777215");
        variables.put("net_buffer_length", "16384");
        variables.put("net_write_timeout", "60");
        variables.put("performance_schema", "0");
        variables.put("port", "0");
        variables.put("protocol_version", "10");
        variables.put("query_cache_size", "0");
        variables.put("query_cache_type", "OFF");
        variables.put("socket", "");
        variables.put("sql_mode", "");
        variables.put("sql_select_limit", "18446744073709551615");
        variables.put("system_time_zone", "UTC");
        variables.put("time_zone", "SYSTEM");
        variables.put("transaction_isolation", "READ-COMMITTED");
        variables.put("transaction_read_only", "0");
        variables.put("tx_isolation", "READ-COMMITTED");
        variables.put("tx_read_only", "0");
        variables.put("version", version);
        variables.put("version_comment", "connbudget console; SHOW HELP");
        variables.put("wait_timeout", "28800");
    }

    /** Null where the statement is none of these. */
    @Nullable Outcome answer(ConsoleStatement statement) {
        String verb = statement.verb();
        if (verb == null || IGNORED.contains(verb)) {
            return new Outcome.Done("");
        }
        return switch (verb) {
            case "SET" ->
                statement.indexOf("=") > 0 || statement.at(1, "NAMES") || statement.size() > 2
                        ? new Outcome.Done("")
                        : null;
            case "SELECT" -> select(statement);
            case "SHOW" -> show(statement);
            default -> null;
        };
    }

    private @Nullable Outcome show(ConsoleStatement statement) {
        int at = statement.at(1, "SESSION") || statement.at(1, "GLOBAL") ? 2 : 1;
        if (statement.at(at, "VARIABLES")) {
            return variables(statement, at + 1);
        }
        if (EMPTY_SHOWS.contains(statement.word(1).toUpperCase(Locale.ROOT))) {
            return new Outcome.Rows(
                    new Table(List.of(new Column("Name", false), new Column("Value", false)), List.of()));
        }
        return null;
    }

    private Outcome variables(ConsoleStatement statement, int at) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        Like like = statement.at(at, "LIKE") ? new Like(statement.word(at + 1)) : new Like("%");
        boolean where = statement.at(at, "WHERE");
        variables.forEach((name, value) -> {
            boolean named = !where
                    || statement.tokens().stream()
                            .anyMatch(token -> token.text().equals(name));
            if (named && like.matches(name)) {
                rows.add(Arrays.asList(name, value));
            }
        });
        return new Outcome.Rows(
                new Table(List.of(new Column("Variable_name", false), new Column("Value", false)), rows));
    }

    /** Values of a list of simple expressions, or no rows where the statement reads from a table. */
    private Outcome select(ConsoleStatement statement) {
        if (statement.at(1, "$$")) {
            // MySQL's command line asks this way for dollar quotes, and reads nothing but an error.
            return new Outcome.Failed(1064, "42000", "The console has no dollar quotes");
        }
        List<Column> columns = new ArrayList<>();
        List<@Nullable Object> row = new ArrayList<>();
        int from = statement.indexOf("FROM");
        int end = from < 0 ? statement.size() : from;
        int limit = statement.indexOf("LIMIT");
        end = limit > 0 ? Math.min(end, limit) : end;
        int start = 1;
        int depth = 0;
        for (int i = 1; i <= end; i++) {
            depth += i < end && statement.at(i, "(") ? 1 : 0;
            depth -= i < end && statement.at(i, ")") ? 1 : 0;
            if (i == end || (depth == 0 && statement.at(i, ","))) {
                item(statement, start, i, columns, row, from < 0);
                start = i + 1;
            }
        }
        return new Outcome.Rows(new Table(columns, from < 0 ? List.of(row) : List.of()));
    }

    private void item(
            ConsoleStatement statement,
            int start,
            int end,
            List<Column> columns,
            List<@Nullable Object> row,
            boolean evaluate) {
        int expressionEnd = end;
        String name = null;
        for (int i = start; i < end; i++) {
            if (statement.at(i, "AS")) {
                expressionEnd = i;
                name = statement.word(i + 1);
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = start; i < expressionEnd; i++) {
            text.append(statement.word(i));
        }
        columns.add(new Column(name != null ? name : text.toString(), false));
        row.add(evaluate ? value(text.toString()) : null);
    }

    private @Nullable String value(String expression) {
        String lower = expression.toLowerCase(Locale.ROOT);
        if (lower.startsWith("@@")) {
            String name = lower.substring(lower.indexOf('.') < 0 ? 2 : lower.indexOf('.') + 1);
            return variables.get(name);
        }
        return switch (lower) {
            case "database()", "schema()" -> null;
            case "version()" -> variables.get("version");
            case "connection_id()" -> Long.toString(connectionId);
            case "user()", "current_user()", "current_user", "session_user()" -> user;
            default -> lower.matches("[0-9.-]+") || !lower.contains("(") ? expression : null;
        };
    }
}
