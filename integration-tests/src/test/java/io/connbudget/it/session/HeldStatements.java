package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import java.util.List;
import java.util.Random;

/** What only one backend can hold: temporary tables, table and named locks, HANDLER. */
final class HeldStatements {
    private final boolean mariaDb;

    HeldStatements(boolean mariaDb) {
        this.mariaDb = mariaDb;
    }

    void add(Random random, List<ScriptStep> steps) {
        String lock = "'{db}_" + random.nextInt(2) + "'";
        steps.add(sql(pick(
                random,
                "CREATE TEMPORARY TABLE tmp (a INT)",
                "CREATE TEMPORARY TABLE IF NOT EXISTS tmp (a INT)",
                "CREATE TEMPORARY TABLE tmp2 AS SELECT 1 AS a, 'b' AS b",
                "CREATE TEMPORARY TABLE {db}.tmp LIKE t",
                "INSERT INTO tmp VALUES (1), (2)",
                "INSERT INTO tmp2 VALUES (1, 'x')",
                "SELECT * FROM tmp",
                "SELECT COUNT(*) FROM tmp2",
                "DROP TEMPORARY TABLE IF EXISTS tmp",
                "DROP TEMPORARY TABLE tmp",
                "DROP TABLE tmp2",
                "DROP TEMPORARY TABLE IF EXISTS tmp, tmp2",
                "TRUNCATE tmp",
                "ALTER TABLE tmp RENAME tmp2",
                "LOCK TABLES t READ",
                "LOCK TABLES t WRITE, g READ",
                "UNLOCK TABLES",
                "UNLOCK TABLES",
                "FLUSH TABLES t WITH READ LOCK",
                "SELECT GET_LOCK(" + lock + ", 0)",
                "SELECT GET_LOCK(" + lock + ", 0)",
                "DO GET_LOCK(" + lock + ", 0)",
                "SELECT RELEASE_LOCK(" + lock + ")",
                "SELECT RELEASE_LOCK(" + lock + ")",
                "DO RELEASE_LOCK(" + lock + ")",
                "SELECT RELEASE_ALL_LOCKS()",
                "SELECT IS_FREE_LOCK(" + lock + ")",
                "SELECT IS_USED_LOCK(" + lock + ") = CONNECTION_ID()",
                "HANDLER t OPEN",
                "HANDLER t OPEN AS h",
                "HANDLER t READ FIRST",
                "HANDLER h READ u NEXT",
                "HANDLER t CLOSE",
                "HANDLER h CLOSE",
                "SET ROLE {role}",
                "SET ROLE NONE",
                "SELECT CURRENT_ROLE()",
                mariaDb ? "SELECT 1" : "SET ROLE DEFAULT")));
    }
}
