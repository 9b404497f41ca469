package io.connbudget.it.session;

import static io.connbudget.it.session.Scripts.*;

import io.connbudget.it.session.ScriptGenerator.Script;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Of {@link NamedConformanceTest}: looks at what the statement before left. */
final class LookBackScripts {
    private LookBackScripts() {}

    /** Beside clients that leave other counts and diagnostics on the same backends. */
    private static List<Script> amongOthers(Script client) {
        return List.of(
                client,
                sql("SELECT 1/0", "DO 1", "SELECT 1 UNION SELECT 2", "INSERT INTO t (v) VALUES (7),(8)"),
                sql("SELECT 1/0", "DO 1", "INSERT INTO t (v) VALUES (7),(8)", "SELECT 1"));
    }

    /** Looks that ask about a statement of the same text, which no backend is missing. */
    static List<Script> withinOneText() {
        return amongOthers(Conformance.script(
                Capabilities.MULTI_STATEMENTS,
                "SELECT 1",
                "INSERT INTO t (v) VALUES (1); SELECT v FROM t WHERE ROW_COUNT()=1 AND id=LAST_INSERT_ID()",
                "SELECT 1 UNION SELECT 2",
                "UPDATE t SET v=2; SELECT ROW_COUNT()",
                "SELECT 1/0",
                "DELETE FROM t WHERE CAST('x' AS SIGNED)=1; SHOW COUNT(*) WARNINGS",
                "SELECT 1 UNION SELECT 2; SELECT FOUND_ROWS()"));
    }

    /** As Connector/J does it around a statement with setMaxRows. */
    static List<Script> limitTakenBack() {
        return amongOthers(sql(
                "SET SQL_SELECT_LIMIT=2",
                "SELECT 1 UNION SELECT 2 UNION SELECT 3",
                "SET SQL_SELECT_LIMIT=DEFAULT",
                "INSERT INTO t (v) VALUES (7),(8)",
                "SELECT ROW_COUNT()",
                "SELECT v FROM t",
                "SELECT FOUND_ROWS()",
                "SELECT CAST('x' AS SIGNED) FROM t",
                "SHOW WARNINGS",
                "SELECT nosuch FROM t",
                "SHOW ERRORS"));
    }

    /** As drivers do that prepare all they send; on any of two backends. */
    static List<Script> prepared() {
        return amongOthers(steps(
                new ScriptStep.Query("INSERT INTO t (v) VALUES (7),(8),(9)"),
                new ScriptStep.Prepare(0, "SELECT SQL_CALC_FOUND_ROWS v FROM t ORDER BY id LIMIT 1"),
                execute(0, 0),
                new ScriptStep.Prepare(1, "SELECT FOUND_ROWS()"),
                execute(1, 0),
                execute(0, 0),
                execute(1, 0),
                new ScriptStep.Prepare(2, "SELECT v FROM t ORDER BY id"),
                execute(2, 0),
                execute(1, 0),
                new ScriptStep.Prepare(3, "UPDATE t SET v = v + ?"),
                execute(3, 0),
                new ScriptStep.Prepare(4, "SELECT ROW_COUNT() AS n, FOUND_ROWS()"),
                new ScriptStep.Query("SELECT v FROM t"),
                execute(4, 0),
                execute(3, 0),
                new ScriptStep.Prepare(5, "SELECT ROW_COUNT()"),
                execute(5, 0),
                execute(5, 0),
                new ScriptStep.Prepare(6, "SELECT nosuch"),
                execute(5, 0)));
    }

    /** Executed under other settings than it was prepared under. */
    static Script preparedAgain() {
        return steps(
                new ScriptStep.Query("SELECT 1"),
                new ScriptStep.Prepare(0, "SELECT ROW_COUNT()"),
                execute(0, 0),
                new ScriptStep.Query("SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ZERO_DATE'"),
                new ScriptStep.Query("SELECT 1"),
                execute(0, 0),
                new ScriptStep.Query("SET SESSION sql_mode='ANSI_QUOTES'"),
                new ScriptStep.Query("INSERT INTO t (v) VALUES (1),(2)"),
                execute(0, 0));
    }

    static Map<String, List<Script>> all() {
        Map<String, List<Script>> scripts = new LinkedHashMap<>(foundRows());
        String noCondition = "GET DIAGNOSTICS CONDITION 1 @e = MYSQL_ERRNO, @m = MESSAGE_TEXT";
        scripts.put(
                "warnings of a statement before the last stay on MariaDB",
                List.of(
                        sql(
                                "SELECT 1/0, CAST('x' AS SIGNED)",
                                "BEGIN",
                                "SHOW WARNINGS",
                                "COMMIT",
                                "SHOW COUNT(*) WARNINGS"),
                        sql("BEGIN", "SHOW WARNINGS", "ROLLBACK")));
        scripts.put(
                "an id that was set is the next statement's",
                List.of(
                        sql(
                                "SET insert_id=5000",
                                "SELECT 1",
                                "INSERT INTO g (v) VALUES (1)",
                                "SELECT LAST_INSERT_ID()",
                                "SELECT id, v FROM g"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        for (String view : List.of("vboth", "vfails")) {
            scripts.put(
                    "a view's function sets two kinds of variables: " + view,
                    List.of(
                            sql("SELECT * FROM " + view, "SELECT 1/3, @both", "SELECT 1/3, @both"),
                            sql("SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"),
                            sql("SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4")));
        }
        scripts.put(
                "what a failed statement has set",
                List.of(
                        sql(
                                "SET SESSION sort_buffer_size=50000",
                                "SELECT /*+ SET_VAR(sort_buffer_size=40000) SET_VAR(sql_mode='ANSI_QUOTES') */ nosuch FROM t",
                                "SELECT @@sort_buffer_size, @@sql_mode, \"v\"",
                                "SET STATEMENT div_precision_increment=9 FOR SELECT 1/3 FROM nosuch",
                                "SELECT 1/3",
                                "SET @a = 5, SESSION div_precision_increment=7, time_zone='nowhere'",
                                "SELECT 1/3, @a",
                                "SELECT @@sort_buffer_size, @@div_precision_increment, @a"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4")));
        for (String deprecated :
                List.of("big_tables=1", "sql_notes=0", "old_alter_table=1", "tx_isolation='SERIALIZABLE'")) {
            scripts.put(
                    "the replay of " + deprecated + " warns nobody",
                    List.of(
                            sql(
                                    "SET SESSION " + deprecated,
                                    "SELECT v FROM t",
                                    "BEGIN",
                                    "SHOW WARNINGS",
                                    "COMMIT",
                                    "SHOW WARNINGS"),
                            sql(
                                    "SELECT v FROM t",
                                    "BEGIN",
                                    "SHOW WARNINGS",
                                    "COMMIT",
                                    "BEGIN",
                                    "SHOW WARNINGS",
                                    "ROLLBACK")));
        }
        scripts.put(
                "a KILL of nobody is an error like others",
                List.of(
                        sql("PREPARE s1 FROM 'SELECT 1'", "KILL QUERY 4294967290", "SELECT ROW_COUNT()"),
                        sql("BEGIN", "DROP TABLE IF EXISTS no_such", "KILL 4294967290", "SHOW WARNINGS", "ROLLBACK")));
        scripts.put(
                "GET DIAGNOSTICS keeps the row count",
                List.of(
                        sql(
                                "SELECT SQL_CALC_FOUND_ROWS 1",
                                "GET DIAGNOSTICS @n = NUMBER, @r = ROW_COUNT",
                                "SELECT ROW_COUNT()",
                                "SELECT @r"),
                        sql("UPDATE t SET s = 'x' WHERE v < 5", "SELECT 1", "SELECT 2")));
        String twoRows = "INSERT INTO t (v) VALUES (1), (2) RETURNING v";
        scripts.put(
                "MariaDB tells no id of rows that an INSERT returns",
                List.of(
                        sql(
                                twoRows,
                                "SELECT LAST_INSERT_ID() > 0",
                                twoRows,
                                "SELECT ROW_COUNT()",
                                "SELECT LAST_INSERT_ID() > 0",
                                twoRows,
                                "SELECT 1",
                                "SELECT LAST_INSERT_ID() > 0"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4")));
        scripts.put(
                "a variable is set for one statement only",
                List.of(
                        sql(
                                "SET STATEMENT sql_mode='ANSI_QUOTES' FOR SELECT 1",
                                "SET @a = 1",
                                "SET @a = 1",
                                "SELECT @@sql_mode",
                                "SELECT 1",
                                "SELECT @@sql_mode",
                                "SET STATEMENT div_precision_increment=8, max_error_count=9 FOR SET div_precision_increment=7",
                                "SELECT 1/3, @@max_error_count",
                                "SELECT 1/3, @@max_error_count"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        String warns = "SELECT 1/0, CAST('x' AS SIGNED)";
        scripts.put(
                "commands that forget no diagnostics, where another session has left some",
                List.of(
                        steps(
                                new ScriptStep.Query("SET @a = 1, @other = 1"),
                                new ScriptStep.Prepare(0, "SELECT 1"),
                                execute(0, 0),
                                fetch(0),
                                new ScriptStep.Query("SHOW COUNT(*) WARNINGS"),
                                new ScriptStep.Query("SELECT 1"),
                                new ScriptStep.Plain(Command.INIT_DB, "{db}"),
                                new ScriptStep.Query("SELECT @@error_count, @@warning_count"),
                                new ScriptStep.Query("SELECT 1"),
                                new ScriptStep.Plain(Command.INIT_DB, "{db}"),
                                new ScriptStep.Query("SHOW WARNINGS")),
                        sql("SET @a = 1, @other = 1", warns, warns, warns, warns, warns, warns, warns, warns)));
        scripts.put(
                "GET DIAGNOSTICS of a condition that there is not",
                List.of(
                        sql("SET @a = 1", noCondition, "SELECT ROW_COUNT()"),
                        sql("UPDATE t SET s = 'x' WHERE v < 5", noCondition, "DO 1", "SHOW WARNINGS")));
        scripts.put(
                "ROW_COUNT() behind a command that the proxy answers",
                List.of(
                        steps(
                                new ScriptStep.Query("PREPARE s1 FROM 'SELECT 1'"),
                                new ScriptStep.Query("UPDATE t SET s = 'x' WHERE v < 5"),
                                new ScriptStep.Plain(Command.SET_OPTION, "\u0001\u0000"),
                                new ScriptStep.Query("SELECT ROW_COUNT()"),
                                new ScriptStep.Prepare(0, "SELECT 1"),
                                execute(0, 0),
                                new ScriptStep.OnStatement(Command.STMT_RESET, 0, 0, null),
                                new ScriptStep.Query("SELECT ROW_COUNT()"),
                                new ScriptStep.Plain(Command.PING, ""),
                                new ScriptStep.Query("SELECT ROW_COUNT()")),
                        steps(
                                new ScriptStep.Query("UPDATE t SET s = 'x' WHERE v < 5"),
                                new ScriptStep.Plain(Command.SET_OPTION, "\u0001\u0000"),
                                new ScriptStep.Query("SELECT ROW_COUNT()"),
                                new ScriptStep.Plain(Command.PING, ""),
                                new ScriptStep.Query("SELECT ROW_COUNT()"))));
        scripts.put(
                "FOUND_ROWS() counts no rows of another session",
                List.of(
                        sql("SELECT 1 AS a", "SELECT FOUND_ROWS()", "SELECT v FROM t", "SELECT FOUND_ROWS() AS found"),
                        sql("SELECT @@sql_mode, 2", "SELECT FOUND_ROWS()")));
        scripts.put(
                "a command without SQL adds a warning to an error",
                List.of(
                        new Script(
                                RawClient.BASE,
                                45,
                                List.of(
                                        new ScriptStep.Query("SELECT 1"),
                                        new ScriptStep.Query("EXECUTE none"),
                                        new ScriptStep.Plain(Command.FIELD_LIST, "t\0"),
                                        new ScriptStep.Query("SHOW ERRORS"),
                                        new ScriptStep.Query("SHOW WARNINGS"))),
                        sql("SET @mine = 1", "SELECT @mine", "SET @mine = 2", "SELECT @mine")));
        scripts.put(
                "a fetch without a cursor adds an error to that of the execution",
                List.of(
                        steps(
                                new ScriptStep.Query("SET sql_mode='TRADITIONAL'"),
                                new ScriptStep.Query("INSERT INTO t (v) VALUES (1)"),
                                new ScriptStep.Prepare(0, "INSERT INTO t (v) VALUES (?)"),
                                execute(0, 0),
                                fetch(0),
                                new ScriptStep.Query("SELECT @@error_count, @@session.warning_count")),
                        sql("SET @mine = 1", "SELECT @mine", "SET @mine = 2", "SELECT @mine")));
        scripts.put(
                "SHOW COUNT(*) forgets no warnings",
                List.of(
                        sql(
                                "SELECT CAST('abc' AS SIGNED)",
                                "SHOW COUNT(*) WARNINGS",
                                "SHOW COUNT(*) WARNINGS",
                                "SHOW COUNT(*) ERRORS",
                                "SHOW WARNINGS"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        scripts.put(
                "commands without SQL leave flags and warnings",
                List.of(new Script(
                        RawClient.BASE,
                        45,
                        List.of(
                                new ScriptStep.Query("SET autocommit=0"),
                                new ScriptStep.Query("SELECT 1"),
                                Conformance.reset(),
                                new ScriptStep.Query("SELECT 1"),
                                new ScriptStep.Plain(Command.FIELD_LIST, "t\0"),
                                new ScriptStep.Query("SHOW WARNINGS")))));
        return scripts;
    }

    private static Map<String, List<Script>> foundRows() {
        String unchanged = "INSERT INTO t (v, s) VALUES (1, 'a') ON DUPLICATE KEY UPDATE s = 'a'";
        List<ScriptStep> steps = List.of(
                new ScriptStep.Query(unchanged),
                new ScriptStep.Query(unchanged),
                new ScriptStep.Query("SELECT ROW_COUNT()"),
                new ScriptStep.Query("INSERT INTO t (v, s) VALUES (1, 'a'), (2, 'b'), (3, 'c')"
                        + " ON DUPLICATE KEY UPDATE s = CONCAT('a', '')"),
                new ScriptStep.Query("INSERT INTO t (v, s) VALUES (1, 'a'), (2, 'x'), (4, 'd')"
                        + " ON DUPLICATE KEY UPDATE s = IF(v = 1, s, 'new')"),
                new ScriptStep.Query("INSERT IGNORE INTO t (v, s) VALUES (1, 'a'), (2, 'y'), (5, 'e')"
                        + " ON DUPLICATE KEY UPDATE s = IF(v = 1, s, 'other')"),
                new ScriptStep.Query("SELECT ROW_COUNT()"),
                new ScriptStep.Prepare(0, unchanged),
                execute(0, 0),
                new ScriptStep.Query("SET lc_messages = 'de_DE'"),
                new ScriptStep.Query("UPDATE t SET s = 'a' WHERE v < 3"),
                new ScriptStep.Query("UPDATE t SET s = 'a' WHERE v < 3"),
                new ScriptStep.Query("SELECT ROW_COUNT()"));
        return Map.of(
                "rows that were found and not changed",
                List.of(new Script(RawClient.BASE | Capabilities.DEPRECATE_EOF | Capabilities.FOUND_ROWS, 45, steps)));
    }
}
