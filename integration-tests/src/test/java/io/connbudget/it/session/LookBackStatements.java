package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import java.util.List;
import java.util.Random;

/** Looks at what the statement before left: its insert id, row counts and diagnostics. */
final class LookBackStatements {
    private final DataStatements data = new DataStatements();
    private final boolean mariaDb;

    LookBackStatements(boolean mariaDb) {
        this.mariaDb = mariaDb;
    }

    void add(Random random, List<ScriptStep> steps) {
        if (random.nextBoolean()) {
            data.add(random, steps);
        }
        steps.add(sql(pick(
                random,
                "SELECT LAST_INSERT_ID()",
                "SELECT LAST_INSERT_ID()",
                "SELECT @@last_insert_id, @@identity",
                "SELECT LAST_INSERT_ID(" + random.nextInt(1000) + ")",
                "SET last_insert_id=" + (1 + random.nextInt(1000)),
                "SET insert_id=" + (5000 + random.nextInt(1000)),
                "SELECT ROW_COUNT()",
                "SELECT ROW_COUNT()",
                "select row_count() AS n",
                "SELECT FOUND_ROWS()",
                "SELECT FOUND_ROWS()",
                "SELECT found_rows() + 0",
                "SELECT ROW_COUNT(), FOUND_ROWS(), LAST_INSERT_ID()",
                "SHOW WARNINGS",
                "SHOW WARNINGS",
                "SHOW WARNINGS LIMIT 1",
                "show warnings limit 1, 2",
                "SHOW ERRORS",
                "SHOW COUNT(*) WARNINGS",
                "SHOW COUNT(*) ERRORS",
                "SELECT @@warning_count",
                "SELECT @@error_count, @@session.warning_count",
                "SHOW VARIABLES LIKE 'warning_count'",
                "GET DIAGNOSTICS @n = NUMBER, @r = ROW_COUNT",
                "GET DIAGNOSTICS CONDITION 1 @e = MYSQL_ERRNO, @m = MESSAGE_TEXT",
                "SELECT @n, @r, @e, @m",
                "SELECT id, v FROM t WHERE id = LAST_INSERT_ID()",
                "INSERT INTO x (d) VALUES (LAST_INSERT_ID())",
                "DO LAST_INSERT_ID(33)",
                mariaDb ? "INSERT INTO t (v) VALUES (77) ON DUPLICATE KEY UPDATE s = 'k'" : "SELECT f_last()")));
    }
}
