package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import java.util.List;
import java.util.Random;

/** Schema, character sets, system variables; and looks at them. */
final class SettingStatements {
    private final boolean mariaDb;

    SettingStatements(boolean mariaDb) {
        this.mariaDb = mariaDb;
    }

    void add(Random random, List<ScriptStep> steps) {
        steps.add(
                switch (random.nextInt(12)) {
                    case 0, 1 -> sql(names(random));
                    case 2, 3, 4 -> sql("SET " + assignment(random));
                    case 5 -> sql("SET " + assignment(random) + ", " + assignment(random));
                    case 8 -> sql(ofOneStatement(random));
                    case 6 -> sql("SET sql_mode=CONCAT(@@sql_mode, ',NO_ZERO_DATE')");
                    case 7 -> sql(wrong(random));
                    default -> sql(look(random));
                });
    }

    private String names(Random random) {
        return pick(
                random,
                "SET NAMES utf8mb4",
                mariaDb ? "SET NAMES utf8mb4" : "SET character_set_results=utf8mb4",
                "SET NAMES latin1",
                "SET NAMES utf8mb3",
                "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
                "SET NAMES latin1 COLLATE latin1_german1_ci",
                "SET NAMES DEFAULT",
                "SET CHARACTER SET latin1",
                "SET CHARACTER SET utf8mb4",
                "SET collation_connection=utf8mb4_unicode_ci",
                "SET character_set_connection=latin1",
                "SET character_set_results=NULL",
                "SET character_set_results=latin1",
                "SET character_set_client=latin1",
                "SET NAMES utf8mb4, time_zone='+01:00'",
                mariaDb
                        ? "SET NAMES utf8mb3 COLLATE utf8mb3_bin"
                        : "SET default_collation_for_utf8mb4=utf8mb4_general_ci");
    }

    /** Servers set the variable back, and may not say so. */
    private String ofOneStatement(Random random) {
        if (!mariaDb) {
            return pick(
                    random,
                    "SELECT /*+ SET_VAR(div_precision_increment=9) */ 1/3",
                    "INSERT /*+ SET_VAR(auto_increment_increment=5) */ INTO t (v) VALUES (5)",
                    "SELECT /*+ SET_VAR(sort_buffer_size=40000) */ * FROM nowhere");
        }
        return "SET STATEMENT " + variable(random) + " FOR "
                + pick(
                        random,
                        look(random),
                        "DO 1",
                        "SET div_precision_increment=3",
                        "SET time_zone='+02:00', max_error_count=7",
                        "INSERT INTO t (v) VALUES (5)",
                        "SELECT * FROM nowhere",
                        "CALL p_vars()");
    }

    private String assignment(Random random) {
        return pick(random, "", "SESSION ", "@@", "@@session.", "@@local.") + variable(random);
    }

    private String variable(Random random) {
        String isolation = mariaDb ? "tx_isolation" : "transaction_isolation";
        return pick(
                random,
                "sql_mode=''",
                "sql_mode='ANSI_QUOTES'",
                "sql_mode='STRICT_TRANS_TABLES,NO_ZERO_DATE'",
                "sql_mode='NO_BACKSLASH_ESCAPES'",
                "sql_mode='PIPES_AS_CONCAT,IGNORE_SPACE'",
                "sql_mode=TRADITIONAL",
                "sql_mode=DEFAULT",
                "time_zone='+02:00'",
                "time_zone='SYSTEM'",
                "time_zone=DEFAULT",
                isolation + "='READ-COMMITTED'",
                isolation + "='SERIALIZABLE'",
                isolation + "=DEFAULT",
                "foreign_key_checks=0",
                "unique_checks=OFF",
                "sql_select_limit=3",
                "sql_select_limit=DEFAULT",
                "wait_timeout=1234",
                "lock_wait_timeout=5",
                "group_concat_max_len=10",
                "group_concat_max_len=DEFAULT",
                "div_precision_increment=2",
                "lc_time_names='de_DE'",
                "max_error_count=2",
                "sql_notes=0",
                "sql_warnings=1",
                "sql_auto_is_null=1",
                "sql_safe_updates=1",
                "auto_increment_increment=3",
                "auto_increment_increment=1",
                "default_week_format=1",
                "sort_buffer_size=1",
                "tmp_table_size=100000",
                "max_join_size=100",
                "optimizer_switch='index_merge=off'",
                "lc_messages='en_US'",
                "completion_type=0",
                mariaDb ? "max_statement_time=20" : "max_execution_time=20000",
                mariaDb ? "default_regex_flags='DOTALL'" : "cte_max_recursion_depth=20");
    }

    private static String wrong(Random random) {
        return pick(
                random,
                "SET sql_mode='NO_SUCH_MODE'",
                "SET no_such_variable=1",
                "SET time_zone='+01:00', no_such_variable=1",
                "SET NAMES nosuch",
                "SET SESSION max_connections=3",
                "USE no_such_schema",
                "SET sql_mode=NULL");
    }

    private String look(Random random) {
        String isolation = mariaDb ? "@@tx_isolation" : "@@transaction_isolation";
        return pick(
                random,
                "SELECT @@sql_mode, @@time_zone, @@autocommit, @@foreign_key_checks, " + isolation,
                "SELECT @@character_set_client, @@character_set_connection, @@character_set_results,"
                        + " @@collation_connection",
                "SELECT @@session.wait_timeout, @@lock_wait_timeout, @@group_concat_max_len, @@max_error_count",
                "SELECT COLLATION('a'), CHARSET(CONCAT('a', 1)), 'ä', DATABASE()",
                "SELECT FROM_UNIXTIME(86400), 1/3, DAYNAME('2024-01-01'), WEEK('2024-01-01')",
                "SELECT v FROM t ORDER BY id",
                "SHOW VARIABLES LIKE 'collation\\_c%'",
                "SHOW VARIABLES LIKE 'sql_mode'",
                "SHOW SESSION VARIABLES WHERE variable_name IN ('sql_notes', 'sort_buffer_size', 'lc_messages')",
                "SELECT \"id\", 'a' || 'b', 'x\\'y'",
                "SELECT COUNT (*) FROM t",
                "SELECT CONNECTION_ID() = {id} AS own",
                "SELECT CONNECTION_ID() = {id} AS own, '\\', 'CONNECTION_ID()', 2",
                "SELECT v, CONNECTION_ID() FROM t WHERE CONNECTION_ID() <> {id}",
                "SELECT DATABASE(), SCHEMA(), USER() LIKE '%@%'",
                "SELECT @@collation_database, @@character_set_database",
                "SELECT @@auto_increment_increment, @@div_precision_increment, @@sql_notes, @@optimizer_switch");
    }
}
