package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.session.ScriptGenerator.Script;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Scripts that once were answered wrongly, each by the name of what went wrong; found by {@link SessionConformanceTest}. */
final class NamedConformanceTest {
    private static Map<String, List<Script>> scripts() {
        Map<String, List<Script>> scripts = new LinkedHashMap<>();
        String noCondition = "GET DIAGNOSTICS CONDITION 1 @e = MYSQL_ERRNO, @m = MESSAGE_TEXT";
        scripts.put(
                "MySQL's DEFAULT turns foreign key checks off",
                List.of(
                        sql(
                                "SET foreign_key_checks=0, unique_checks=0",
                                "SELECT 1",
                                "SELECT 2",
                                "SELECT 3",
                                "SELECT 4"),
                        sql(looks("SELECT @@foreign_key_checks, @@unique_checks"))));
        scripts.put(
                "a variable set without a scope is not announced by MariaDB",
                List.of(
                        sql("SET @@sql_notes=0", "SELECT @@sql_notes", "SELECT @@sql_notes"),
                        sql(looks("SELECT @@sql_notes"))));
        scripts.put(
                "a command that was refused or answered sent nothing: the backend is not the session's",
                List.of(
                        sql(
                                "INSERT INTO t (v) VALUES (1)",
                                "SELECT ROW_COUNT()",
                                "SELECT LAST_INSERT_ID()",
                                "SELECT 1"),
                        sql(looks("SELECT ROW_COUNT()")),
                        sql("INSERT INTO t (v) VALUES (2)", "SELECT ROW_COUNT()", "SELECT DATABASE(), @@sql_mode")));
        scripts.put(
                "tables stay locked behind an implicit commit, which MySQL does not say",
                List.of(sql(
                        "CREATE TEMPORARY TABLE tmp (a INT)",
                        "LOCK TABLES t WRITE, g READ",
                        "DROP TEMPORARY TABLE tmp",
                        "SELECT a FROM w",
                        "TRUNCATE t",
                        "INSERT INTO w VALUES (1, 'a', NULL)",
                        "UNLOCK TABLES",
                        "SELECT a FROM w")));
        scripts.put(
                "SET CHARACTER SET takes the schema's collation",
                List.of(sql(
                        "SET CHARACTER SET latin1", "SELECT @@collation_connection", "SELECT @@collation_connection")));
        scripts.put(
                "a reset goes to the server's character set",
                List.of(new Script(
                        RawClient.BASE,
                        8,
                        List.of(
                                new ScriptStep.Query("SELECT @@collation_connection"),
                                Conformance.reset(),
                                new ScriptStep.Query("SELECT @@collation_connection, @@character_set_results")))));
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
                "LOAD DATA leaves an id that its answer does not tell",
                List.of(new Script(
                        RawClient.BASE | Capabilities.LOCAL_FILES,
                        45,
                        List.of(
                                new ScriptStep.Query(
                                        "LOAD DATA LOCAL INFILE 'none' INTO TABLE t FIELDS TERMINATED BY ',' (v, s)"),
                                new ScriptStep.Query("SELECT LAST_INSERT_ID()")))));
        scripts.put(
                "CONNECTION_ID() is the client's",
                List.of(sql(
                        "SELECT CONNECTION_ID() = {id} AS own", "SELECT IF(CONNECTION_ID() <=> {id}, 'own', 0) AS x")));
        scripts.put(
                "FOUND_ROWS() counts no rows of another session",
                List.of(
                        sql("SELECT 1 AS a", "SELECT FOUND_ROWS()", "SELECT v FROM t", "SELECT FOUND_ROWS() AS found"),
                        sql("SELECT @@sql_mode, 2", "SELECT FOUND_ROWS()")));
        scripts.put(
                "a statement that cannot be prepared again takes no transaction with it",
                List.of(
                        new Script(
                                RawClient.BASE,
                                45,
                                List.of(
                                        new ScriptStep.Query("CREATE TABLE IF NOT EXISTS n (i INT)"),
                                        new ScriptStep.Prepare(0, "SELECT * FROM n"),
                                        new ScriptStep.Query("DROP TABLE n"),
                                        new ScriptStep.Query("BEGIN"),
                                        new ScriptStep.Query("INSERT INTO t (v) VALUES (1)"),
                                        new ScriptStep.Execute(0, 0, true, -1, List.of()),
                                        new ScriptStep.Query("INSERT INTO t (v) VALUES (2)"),
                                        new ScriptStep.Query("COMMIT"),
                                        new ScriptStep.Query("SELECT v FROM t ORDER BY v"))),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        scripts.put(
                "a role ends with the session that took it",
                List.of(
                        sql("SELECT CURRENT_ROLE()", "SET ROLE {role}", "SELECT CURRENT_ROLE()"),
                        sql("SELECT CURRENT_ROLE()", "CALL p_role()", "SELECT CURRENT_ROLE()"),
                        sql(looks("SELECT CURRENT_ROLE()"))));
        scripts.put(
                "a client leaves a prepared distributed transaction",
                List.of(sql("XA START '{db}'", "INSERT INTO g (v) VALUES (1)", "XA END '{db}'", "XA PREPARE '{db}'")));
        scripts.put(
                "a function behind a view sees user variables",
                List.of(
                        sql(
                                "SET @seen = 'mine'",
                                "SELECT * FROM vseen",
                                "SELECT * FROM vseen",
                                "SELECT * FROM vseen",
                                "SELECT @seen"),
                        sql("SELECT * FROM vseen", "SELECT * FROM vseen", "SELECT * FROM vseen", "SELECT * FROM vseen"),
                        sql("SET @seen = 'theirs'", "SELECT * FROM vseen", "SELECT * FROM vseen")));
        scripts.put(
                "long data follows a value of another type, of another client",
                List.of(
                        new Script(RawClient.BASE, 45, longData(false)),
                        new Script(RawClient.BASE, 45, longData(true)),
                        new Script(RawClient.BASE, 45, longData(true))));
        scripts.put(
                "long data of one statement and another statement",
                List.of(
                        new Script(
                                RawClient.BASE,
                                45,
                                List.of(
                                        new ScriptStep.Prepare(0, "SELECT LENGTH(?)"),
                                        new ScriptStep.OnStatement(
                                                Command.STMT_SEND_LONG_DATA, 0, 0, "x".repeat(1_100_000)),
                                        new ScriptStep.Query("SELECT 1"),
                                        new ScriptStep.Execute(
                                                0, 0, true, 0, List.of(ScriptStep.Value.text(252, "short"))))),
                        sql("SET @mine = 1", "SELECT @mine", "SET @mine = 2", "SELECT @mine")));
        scripts.put("as many parameters as the protocol can count", List.of(manyParameters(65_535)));
        scripts.putAll(hiddenReaders());
        scripts.putAll(prepared());
        scripts.putAll(foundRows());
        scripts.put(
                "a default that takes another variable along",
                List.of(
                        sql("SET max_join_size=5", "SELECT 1", "SELECT 2", "SELECT 3"),
                        sql("SET sql_big_selects=0", looks("SELECT @@sql_big_selects, @@max_join_size"))));
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
        scripts.put("COMMIT RELEASE ends the connection", List.of(sql("BEGIN", "COMMIT RELEASE", "SELECT 1")));
        return scripts;
    }

    private static List<ScriptStep> longData(boolean piecewise) {
        List<ScriptStep> steps = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            steps.add(new ScriptStep.Prepare(i, "SELECT ? AS a"));
            if (piecewise) {
                steps.add(new ScriptStep.OnStatement(Command.STMT_SEND_LONG_DATA, i, 0, "long"));
                steps.add(new ScriptStep.Execute(i, 0, true, 0, List.of(ScriptStep.Value.text(252, "v"))));
            } else {
                steps.add(new ScriptStep.Execute(i, 0, true, -1, List.of(ScriptStep.Value.integer(3, 4, i))));
            }
        }
        return steps;
    }

    /** Code of the database that looks at the session, and is named by no statement. */
    private static Map<String, List<Script>> hiddenReaders() {
        return Map.of(
                "a view reads a user variable",
                List.of(
                        sql("SET @vp = 5", "SELECT * FROM vvp", "SET @vp = 6", "SELECT * FROM vvp", "SELECT @vp"),
                        sql("SELECT * FROM vvp", "SELECT * FROM vvp", "SELECT @vp", "SELECT * FROM vvp")),
                "a trigger reads the last insert id",
                List.of(
                        sql(
                                "INSERT INTO t (v) VALUES (1)",
                                "INSERT INTO li (n) VALUES (0)",
                                "SELECT * FROM li",
                                "SELECT LAST_INSERT_ID()"),
                        sql("INSERT INTO t (v) VALUES (1)", "SELECT LAST_INSERT_ID()")),
                "a query reads the last insert id that it does not name",
                List.of(sql(
                        "SET sql_auto_is_null=1",
                        "INSERT INTO t (v) VALUES (9)",
                        "SELECT v FROM t WHERE id IS NULL",
                        "SET sql_auto_is_null=0")),
                "the last insert id is set to 0",
                List.of(
                        sql("SELECT LAST_INSERT_ID(7)", "SELECT LAST_INSERT_ID(0)", "SELECT LAST_INSERT_ID()"),
                        sql("SELECT 1", "SELECT 2")),
                "a trigger changes the session and fails",
                List.of(
                        sql("SET @tu = 1", "INSERT INTO tu VALUES (3)", "SELECT @tu, 1/3", "SELECT @tu, 1/3"),
                        sql("SELECT @tu", "SELECT 1/3", "SELECT @tu, 1/3", "SET @x = 1", "SELECT @tu, 1/3")));
    }

    /** Servers look at some variables when they prepare a statement, and not again; a cursor belongs to one statement. */
    private static Map<String, List<Script>> prepared() {
        String words = "SELECT HEX('ä'), LENGTH('ä'), 'a' = 'A', COLLATION('x')";
        String numbers = "SELECT 1/3 + 0*COUNT(*), WEEK('2024-01-01'), GROUP_CONCAT(123) FROM t";
        String rows = "SELECT v FROM t ORDER BY id";
        ScriptStep three = new ScriptStep.Query("INSERT INTO t (v) VALUES (1), (2), (3)");
        return Map.of(
                "the literals of a prepared statement keep their character set",
                List.of(
                        steps(
                                new ScriptStep.Prepare(0, words),
                                new ScriptStep.Query("SET NAMES latin1"),
                                execute(0, 0),
                                execute(0, 0)),
                        sql("SELECT 1", "SELECT 2")),
                "one text prepared under two collations",
                List.of(steps(
                        new ScriptStep.Query("SET collation_connection=utf8mb4_bin"),
                        new ScriptStep.Prepare(0, words),
                        new ScriptStep.Query("SET collation_connection=utf8mb4_general_ci"),
                        new ScriptStep.Prepare(1, words),
                        execute(0, 0),
                        execute(1, 0),
                        execute(0, 0),
                        execute(1, 0))),
                "a prepared statement keeps its number of digits",
                List.of(
                        steps(
                                new ScriptStep.Prepare(0, numbers),
                                new ScriptStep.Query("SET div_precision_increment=8, default_week_format=3"),
                                new ScriptStep.Query("SET group_concat_max_len=4"),
                                execute(0, 0),
                                execute(0, 0),
                                new ScriptStep.Prepare(1, numbers),
                                execute(1, 0)),
                        sql("SELECT 1", "SELECT 2")),
                "two cursors of one text",
                List.of(steps(
                        three,
                        new ScriptStep.Prepare(0, rows),
                        execute(0, 1),
                        fetch(0),
                        new ScriptStep.Prepare(1, rows),
                        execute(1, 1),
                        fetch(1),
                        fetch(0),
                        new ScriptStep.OnStatement(Command.STMT_CLOSE, 1, 0, null),
                        fetch(0),
                        fetch(0),
                        execute(0, 1),
                        fetch(0),
                        new ScriptStep.OnStatement(Command.STMT_RESET, 0, 0, null),
                        new ScriptStep.Query("SELECT 1"),
                        execute(0, 1),
                        fetch(0),
                        fetch(0))),
                // To one client MySQL would never end the answer: see BackendStatements.
                "a cursor of one client, and the rows of the same text for another one",
                List.of(
                        steps(
                                three,
                                new ScriptStep.Prepare(0, rows),
                                execute(0, 1),
                                fetch(0),
                                new ScriptStep.OnStatement(Command.STMT_CLOSE, 0, 0, null),
                                new ScriptStep.Prepare(0, rows),
                                execute(0, 1),
                                fetch(0),
                                new ScriptStep.OnStatement(Command.STMT_CLOSE, 0, 0, null)),
                        steps(three, new ScriptStep.Prepare(0, rows), execute(0, 0), execute(0, 0), execute(0, 0)),
                        steps(three, new ScriptStep.Prepare(0, rows), execute(0, 0), execute(0, 0))),
                "the connection id in a prepared statement",
                List.of(steps(
                        new ScriptStep.Prepare(0, "SELECT CONNECTION_ID() = {id} AS own"),
                        execute(0, 0),
                        new ScriptStep.Query("SELECT 1"),
                        execute(0, 0))));
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

    private static ScriptStep execute(int slot, int flags) {
        return new ScriptStep.Execute(slot, flags, true, -1, List.of(ScriptStep.Value.integer(3, 4, 1)));
    }

    private static ScriptStep fetch(int slot) {
        return new ScriptStep.OnStatement(Command.STMT_FETCH, slot, 1, null);
    }

    private static Script steps(ScriptStep... steps) {
        return new Script(RawClient.BASE | Capabilities.DEPRECATE_EOF, 45, List.of(steps));
    }

    private static Script manyParameters(int count) {
        List<ScriptStep.Value> values = IntStream.range(0, count)
                .mapToObj(i -> ScriptStep.Value.integer(3, 4, i))
                .toList();
        String sql = "SELECT " + (count - 1) + " IN (?" + ",?".repeat(count - 1) + ") AS found";
        return new Script(
                RawClient.BASE | Capabilities.DEPRECATE_EOF,
                45,
                List.of(
                        new ScriptStep.Prepare(0, sql),
                        new ScriptStep.Execute(0, 0, true, -1, values),
                        new ScriptStep.Query("SELECT 1"),
                        new ScriptStep.Execute(0, 0, false, -1, values)));
    }

    private static Script sql(String... statements) {
        return Conformance.script(Capabilities.DEPRECATE_EOF, statements);
    }

    private static Script sql(String first, String[] others) {
        return sql(Stream.concat(Stream.of(first), Stream.of(others)).toArray(String[]::new));
    }

    private static String[] looks(String statement) {
        return new String[] {statement, statement, statement, statement, statement, statement};
    }

    @OnEveryServer
    void answersAsTheServer(TestDatabase database) throws InterruptedException {
        int orders = 2;
        try (Conformance conformance = new Conformance(database, "eager")) {
            scripts().forEach((name, clients) -> {
                for (int turns = 0; turns < orders; turns++) {
                    assertThat(conformance.difference(clients, turns)).as(name).isNull();
                }
            });
        }
    }
}
