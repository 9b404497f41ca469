package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import java.util.List;
import java.util.Random;

/** Routines and triggers that change state out of sight, and texts of several statements. */
final class HiddenStatements {
    void add(Random random, List<ScriptStep> steps) {
        steps.add(sql(pick(
                random,
                "CALL p_vars()",
                "CALL p_rows()",
                "CALL p_out(4, @b, @c)",
                "CALL p_fail()",
                "CALL p_temp()",
                "SELECT * FROM ptmp",
                "DROP TEMPORARY TABLE ptmp",
                "CALL p_lock()",
                "SELECT IS_FREE_LOCK('{db}_p')",
                "SELECT RELEASE_LOCK('{db}_p')",
                "CALL p_warn()",
                "CALL p_ins()",
                "SELECT f_var(4)",
                "SELECT f_last()",
                "SELECT @p, @fv, @trg, @pf, @@sql_mode, @@div_precision_increment",
                "INSERT INTO g (v) VALUES (9)",
                "SET @a = 1; SELECT @a",
                "SELECT 1; SELECT * FROM no_such_table; SELECT 2",
                "INSERT INTO t (v) VALUES (90); INSERT INTO t (v) VALUES (91); SELECT LAST_INSERT_ID()",
                "SET time_zone='+03:00'; SET sql_mode=''; SELECT @@time_zone, @@sql_mode",
                "CREATE TEMPORARY TABLE tmp (a INT); SELECT * FROM tmp",
                "SELECT 1/0; SHOW WARNINGS",
                "BEGIN; INSERT INTO t (v) VALUES (92); ROLLBACK",
                "USE {db}; SELECT DATABASE()",
                "SELECT GET_LOCK('{db}_0', 0); SELECT RELEASE_LOCK('{db}_0')",
                "DO 1;")));
    }
}
