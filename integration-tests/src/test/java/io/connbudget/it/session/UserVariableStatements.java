package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import java.util.List;
import java.util.Random;

/** User variables of every type, set in every way, and looks at their values, types and collations. */
final class UserVariableStatements {
    private final boolean mariaDb;

    UserVariableStatements(boolean mariaDb) {
        this.mariaDb = mariaDb;
    }

    void add(Random random, List<ScriptStep> steps) {
        String name = pick(random, "@a", "@A", "@b", "@`c d`", "@'e'", "@über");
        steps.add(sql(
                switch (random.nextInt(14)) {
                    case 0, 1, 2 -> "SET " + name + " = " + value(random);
                    case 3 -> "SET " + name + " := " + value(random) + ", @b = " + name;
                    case 4 -> "SELECT " + name + " := " + value(random);
                    case 5 -> "SELECT v, s INTO @a, @b FROM t ORDER BY id LIMIT 1";
                    case 6 -> "SELECT 1, 'two' INTO @a, @b";
                    case 7 -> "SELECT @n := COALESCE(@n, 0) + 1 FROM t";
                    case 8 -> "SET @a = @a + 1";
                    case 9 ->
                        "SELECT " + name + ", COLLATION(" + name + "), CHARSET(" + name + "), COERCIBILITY(" + name
                                + "), HEX(" + name + ")";
                    case 10 -> "SELECT @a, @b, @`c d`, @e, @nothing";
                    case 11 -> "SELECT CONCAT(@a, '-', COALESCE(@b, 'null')), @a + 1, @a = 'x'";
                    case 12 -> "CREATE TEMPORARY TABLE IF NOT EXISTS uv AS SELECT @a AS a, @b AS b";
                    default -> "INSERT INTO x (j) VALUES (@a)";
                }));
    }

    private String value(Random random) {
        return pick(
                random,
                "1",
                "-7",
                "18446744073709551615",
                "9223372036854775808",
                "1.50",
                "-0.000",
                "123456789012345678901234567890.123",
                "1e3",
                "0.1e0",
                "-0e0",
                "1.7976931348623157e308",
                "'text'",
                "'it''s'",
                "'back\\\\slash'",
                "''",
                "'ünïcode'",
                "'\uD83D\uDE00'",
                "_latin1 x'E4'",
                "_binary 'bin'",
                "x'00FF10'",
                "b'101'",
                "NULL",
                "TRUE",
                "'c' COLLATE utf8mb4_bin",
                "CAST('2024-01-01' AS DATE)",
                "CAST(1 AS UNSIGNED)",
                "CAST(3 AS DECIMAL(12,4))",
                "CONVERT('x' USING latin1)",
                "REPEAT('long', 400)",
                "1 = 1",
                "10/3",
                "(SELECT MAX(v) FROM t)",
                "@b",
                mariaDb ? "CAST('{\"a\":1}' AS CHAR)" : "CAST('{\"a\":1}' AS JSON)");
    }
}
