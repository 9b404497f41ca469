package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import java.util.List;
import java.util.Random;

/** Inserts, updates, queries and errors: what leaves row counts, insert ids and warnings behind. */
final class DataStatements {
    void add(Random random, List<ScriptStep> steps) {
        int v = random.nextInt(12);
        int n = random.nextInt(12);
        steps.add(sql(
                switch (random.nextInt(26)) {
                    case 0, 1 -> "INSERT INTO t (v, s) VALUES (" + v + ", 'a')";
                    case 2 -> "INSERT INTO t (v, s) VALUES (" + v + ", 'a'), (" + (v + 20) + ", 'b')";
                    case 3 -> "INSERT IGNORE INTO t (v, s) VALUES (" + v + ", 'i'), (" + v + ", 'j')";
                    case 4 -> "INSERT INTO t (v, s) VALUES (" + v + ", 'u') ON DUPLICATE KEY UPDATE s = 'u'";
                    case 5 ->
                        "INSERT INTO t (v, s) VALUES (" + v + ", 'm'), (" + n
                                + ", 'm') ON DUPLICATE KEY UPDATE s = VALUES(s)";
                    case 6 ->
                        "INSERT INTO t (v, s) VALUES (" + v
                                + ", 'l') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), s = 'l'";
                    case 7 -> "REPLACE INTO t (v, s) VALUES (" + v + ", 'r')";
                    case 8, 9 -> "UPDATE t SET s = 'x' WHERE v < " + v;
                    case 10 -> "UPDATE t SET s = s WHERE v >= " + v;
                    case 11 -> "DELETE FROM t WHERE v = " + v;
                    case 12 -> "INSERT INTO w VALUES (1000, 'toolong', 'nodate')";
                    case 13 -> "INSERT IGNORE INTO w VALUES (1000, 'toolong', '2020-02-31')";
                    case 14 -> "SELECT v, s FROM t WHERE v > " + v + " ORDER BY id";
                    case 15 -> "SELECT SQL_CALC_FOUND_ROWS v FROM t ORDER BY id LIMIT 1";
                    case 16 -> "SELECT 1/0, 'a' + 1";
                    case 17 ->
                        pick(
                                random,
                                "SELECT * FROM no_such_table",
                                "SELECT no_such_column FROM t",
                                "SELEKT 1",
                                "INSERT INTO t (id, v) VALUES (1, 1), (1, 2)");
                    case 18 ->
                        "INSERT INTO x (d, f, b, j, ts) VALUES (1.239, 0.1, x'00ff', 'ö', '2024-02-29 01:02:03.5')";
                    case 19 -> "SELECT d, f, b, j, ts FROM x ORDER BY id";
                    case 20 -> "DROP TABLE IF EXISTS no_such_table";
                    case 21 -> "INSERT INTO g (v) VALUES (" + v + ")";
                    case 22 -> "DO 1";
                    case 23 -> "SELECT 1 UNION SELECT 2 UNION SELECT 3";
                    case 24 ->
                        pick(
                                random,
                                "LOAD DATA LOCAL INFILE 'none' INTO TABLE t FIELDS TERMINATED BY ',' (v, s)",
                                "INSERT INTO t (v, s) SELECT v + 40, 'sel' FROM t WHERE v < 5 ORDER BY v",
                                "UPDATE t, g SET t.s = 'j' WHERE t.id = g.id AND t.id > 0");
                    default ->
                        pick(random, "SELECT CAST('abc' AS SIGNED)", "SELECT COUNT(*) FROM t", "EXPLAIN SELECT 1");
                }));
    }
}
