package io.connbudget.proxy.session.sql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** Reads {@code statements.txt}. */
final class StatementTable {
    static final SqlDialect MYSQL = new SqlDialect(false, 90704, false, false, false, Encoding.ASCII_SAFE);
    static final SqlDialect MARIADB = new SqlDialect(true, 101119, false, false, false, Encoding.ASCII_SAFE);

    record Row(String server, SqlDialect dialect, List<String> facts, String sql) {
        @Override
        public String toString() {
            return server + (dialect.mariaDb() ? " on MariaDB: " : " on MySQL: ") + sql;
        }
    }

    private StatementTable() {}

    static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                StatementTable.class.getResourceAsStream("statements.txt"), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    String[] parts = line.split(" \\|(?: |$)", 3);
                    for (SqlDialect dialect : dialects(parts[0])) {
                        rows.add(new Row(parts[0], dialect, facts(parts[1]), unescape(parts[2])));
                    }
                }
            }
        }
        return rows;
    }

    private static List<SqlDialect> dialects(String server) {
        return switch (server) {
            case "both" -> List.of(MYSQL, MARIADB);
            case "mysql" -> List.of(MYSQL);
            case "maria" -> List.of(MARIADB);
            case "ansi" ->
                List.of(
                        new SqlDialect(false, 90704, true, false, false, Encoding.ASCII_SAFE),
                        new SqlDialect(true, 101119, true, false, false, Encoding.ASCII_SAFE));
            case "nobs" ->
                List.of(
                        new SqlDialect(false, 90704, false, true, false, Encoding.ASCII_SAFE),
                        new SqlDialect(true, 101119, false, true, false, Encoding.ASCII_SAFE));
            default -> throw new IllegalArgumentException("unknown server " + server);
        };
    }

    private static List<String> facts(String text) {
        return text.equals("-") ? List.of() : List.copyOf(new TreeSet<>(Arrays.asList(text.split(" "))));
    }

    private static String unescape(String text) {
        return text.replace("\\\\", "\u0001")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\0", "\0")
                .replace("\u0001", "\\");
    }
}
