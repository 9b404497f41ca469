package io.connbudget.it.session;

import static io.connbudget.it.session.Scripts.*;

import io.connbudget.it.session.ScriptGenerator.Script;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Of {@link NamedConformanceTest}: statements of the binary protocol. */
final class PreparedScripts {
    private PreparedScripts() {}

    static Map<String, List<Script>> all() {
        Map<String, List<Script>> scripts = new LinkedHashMap<>(prepared());
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
        scripts.putAll(SharedScripts.all());
        scripts.put(
                "a statement whose table is gone leaves its error",
                List.of(
                        steps(
                                new ScriptStep.Query("CREATE TABLE IF NOT EXISTS n (i INT)"),
                                new ScriptStep.Prepare(0, "SELECT * FROM n"),
                                new ScriptStep.Query("DROP TABLE n"),
                                execute(0, 0),
                                new ScriptStep.Query("SHOW ERRORS"),
                                execute(0, 0),
                                new ScriptStep.Query("SHOW COUNT(*) ERRORS"),
                                execute(0, 0),
                                new ScriptStep.Query("SHOW WARNINGS")),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        scripts.put(
                "a fetch without a cursor in front of a transaction that only reads",
                List.of(steps(
                        new ScriptStep.Prepare(0, "INSERT INTO t (v) VALUES (?)"),
                        new ScriptStep.Query("SET TRANSACTION READ ONLY"),
                        fetch(0),
                        execute(0, 0),
                        execute(0, 0))));
        ScriptStep compares = new ScriptStep.Prepare(1, "SELECT 'a' = 'A' AS a, COLLATION('x') AS b");
        scripts.put(
                "settings in a distributed transaction",
                List.of(
                        steps(
                                new ScriptStep.Prepare(0, "SELECT 'a' = 'A' AS a, CONCAT(?, 'x') AS b"),
                                new ScriptStep.Query("XA START '{db}'"),
                                new ScriptStep.Query("SET NAMES latin1"),
                                execute(0, 0),
                                new ScriptStep.Query("SELECT 1/0"),
                                new ScriptStep.Query("SET NAMES utf8mb4 COLLATE utf8mb4_bin"),
                                new ScriptStep.Query("XA END '{db}'"),
                                compares,
                                execute(1, 0),
                                new ScriptStep.Query("XA ROLLBACK '{db}'")),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        scripts.put(
                "a statement that names a user variable keeps the type of its preparation under other settings",
                List.of(
                        steps(
                                new ScriptStep.Query("SET @a = 1"),
                                new ScriptStep.Prepare(0, "SELECT @a, COLLATION(@a)"),
                                execute(0, 0),
                                new ScriptStep.Query("SET @a = 'text', group_concat_max_len = 2000"),
                                execute(0, 0),
                                new ScriptStep.Query("SET NAMES latin1"),
                                execute(0, 0)),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        for (int capabilities : List.of(RawClient.BASE, RawClient.BASE | Capabilities.DEPRECATE_EOF)) {
            scripts.put(
                    "an option that is set behind an error tells that a transaction has ended, capabilities "
                            + capabilities,
                    List.of(
                            new Script(
                                    capabilities,
                                    45,
                                    List.of(
                                            new ScriptStep.Query("START TRANSACTION READ ONLY"),
                                            new ScriptStep.Query("HANDLER t OPEN AS h"),
                                            new ScriptStep.Query("ALTER TABLE no_such_table RENAME nowhere"),
                                            new ScriptStep.Plain(Command.SET_OPTION, "\u0000\u0000"),
                                            new ScriptStep.Query("START TRANSACTION"),
                                            new ScriptStep.Plain(Command.SET_OPTION, "\u0001\u0000"),
                                            new ScriptStep.Query("DO 1; DO 2"),
                                            new ScriptStep.Query("COMMIT"))),
                            sql("SELECT 1", "SELECT 2", "SELECT 3")));
        }
        ScriptStep reset = new ScriptStep.OnStatement(Command.STMT_RESET, 0, 0, null);
        scripts.put(
                "a statement that is reset tells of the transaction that an error has begun",
                List.of(steps(
                        new ScriptStep.Prepare(0, "SELECT ?"),
                        new ScriptStep.Query("SET autocommit=0"),
                        new ScriptStep.Query("INSERT INTO t (v) VALUES (1), (1)"),
                        reset,
                        new ScriptStep.Query("SHOW WARNINGS"),
                        new ScriptStep.Query("ROLLBACK"),
                        reset)));
        scripts.put(
                "the collation of a parameter is the one that SET NAMES gave the client, which MariaDB does not tell",
                List.of(
                        collations("SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SELECT 1"),
                        collations(
                                "SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET collation_connection=utf8mb4_general_ci"),
                        collations(
                                "SET NAMES utf8mb4 COLLATE utf8mb4_bin, collation_connection=utf8mb4_general_ci",
                                "SET character_set_client=utf8mb4")));
        scripts.put("the statement prepared last has an id of its own", lastPrepared());
        scripts.put("as many parameters as the protocol can count", List.of(manyParameters(65_535)));
        return scripts;
    }

    /** Servers look at some variables when they prepare a statement, and not again; a cursor belongs to one statement. */
    private static Map<String, List<Script>> prepared() {
        String words = "SELECT HEX('ä'), LENGTH('ä'), 'a' = 'A', COLLATION('x')";
        String numbers = "SELECT 1/3 + 0*COUNT(*), WEEK('2024-01-01'), GROUP_CONCAT(123) FROM t";
        String rows = "SELECT v FROM t ORDER BY id";
        ScriptStep one = new ScriptStep.Prepare(0, "SELECT ? AS a, 1/? AS b, CONCAT('a', ?) AS c");
        // A backend that has more user variables than the session is reset, which takes its statements.
        ScriptStep set = new ScriptStep.Query("SET @a = 1, @other = 1");
        ScriptStep number = execute(0, 0);
        ScriptStep textual = new ScriptStep.Execute(0, 0, true, -1, List.of(ScriptStep.Value.text(253, "text")));
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
                "the types of one client, and the text of another one",
                List.of(
                        steps(
                                set, one, number, number, number, number, number, number, number, number, number, one,
                                number),
                        steps(
                                set, one, textual, textual, textual, textual, textual, textual, textual, textual,
                                textual, one, textual),
                        steps(set, one, textual, textual, one, number, number, one, textual, one, number)),
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

    /** MariaDB takes that id in every command; MySQL in none. Between two steps of a client its backend may change. */
    private static List<Script> lastPrepared() {
        ScriptStep executeLast = onLastPrepared(Command.STMT_EXECUTE, "\0\1\0\0\0");
        ScriptStep executeText = onLastPrepared(Command.STMT_EXECUTE, "\0\1\0\0\0\0\1\375\0\1a");
        ScriptStep executeLong = onLastPrepared(Command.STMT_EXECUTE, "\0\1\0\0\0\0\1\375\0");
        ScriptStep longData = onLastPrepared(Command.STMT_SEND_LONG_DATA, "\0\0long");
        ScriptStep resetLast = onLastPrepared(Command.STMT_RESET, "");
        ScriptStep fetchLast = onLastPrepared(Command.STMT_FETCH, "\1\0\0\0");
        ScriptStep closeLast = onLastPrepared(Command.STMT_CLOSE, "");
        ScriptStep one = new ScriptStep.Prepare(0, "SELECT 1");
        ScriptStep two = new ScriptStep.Prepare(1, "SELECT 2");
        ScriptStep closeOne = new ScriptStep.OnStatement(Command.STMT_CLOSE, 0, 0, null);
        ScriptStep closeTwo = new ScriptStep.OnStatement(Command.STMT_CLOSE, 1, 0, null);
        return List.of(
                steps(
                        executeLast,
                        resetLast,
                        fetchLast,
                        longData,
                        closeLast,
                        one,
                        two,
                        execute(0, 0),
                        executeLast,
                        new ScriptStep.Query("SELECT 9"),
                        new ScriptStep.Query("SELEKT"),
                        executeLast,
                        closeOne,
                        executeLast,
                        closeTwo,
                        executeLast,
                        one,
                        two,
                        closeLast,
                        executeLast,
                        execute(0, 0),
                        new ScriptStep.PrepareAndExecute("SELECT 42"),
                        executeLast),
                steps(
                        one,
                        new ScriptStep.PrepareAndExecute("SELEKT"),
                        execute(0, 0),
                        one,
                        new ScriptStep.PrepareAndExecute("PREPARE x FROM 'SELECT 1'"),
                        one,
                        executeLast,
                        Conformance.reset(),
                        executeLast,
                        one,
                        new ScriptStep.ChangeUser(45, true),
                        executeLast,
                        new ScriptStep.PrepareAndExecute("SELECT v FROM t"),
                        new ScriptStep.PrepareAndExecute("SELECT v FROM no_such_table"),
                        closeLast,
                        executeLast),
                steps(
                        new ScriptStep.Query("INSERT INTO t (v) VALUES (1), (2)"),
                        new ScriptStep.Prepare(0, "SELECT v FROM t ORDER BY v"),
                        fetchLast,
                        onLastPrepared(Command.STMT_EXECUTE, "\1\1\0\0\0"),
                        fetchLast,
                        fetchLast,
                        resetLast,
                        fetchLast,
                        new ScriptStep.Prepare(0, "SELECT CONCAT(?, 'x') AS a"),
                        longData,
                        executeLong,
                        longData,
                        resetLast,
                        executeText));
    }

    private static Script collations(String first, String second) {
        ScriptStep values = new ScriptStep.Execute(0, 0, true, -1, List.of(ScriptStep.Value.text(253, "text")));
        ScriptStep latin = new ScriptStep.Execute(1, 0, true, -1, List.of(ScriptStep.Value.text(253, "text")));
        ScriptStep prepare = new ScriptStep.Prepare(0, "SELECT ? = 'TEXT' AS a, COLLATION(?) AS b");
        return new Script(
                RawClient.BASE,
                45,
                List.of(
                        prepare,
                        values,
                        new ScriptStep.Query(first),
                        values,
                        values,
                        prepare,
                        values,
                        new ScriptStep.Query(second),
                        values,
                        values,
                        prepare,
                        values,
                        new ScriptStep.Query("SET NAMES latin1"),
                        prepare,
                        values,
                        new ScriptStep.Query("SET CHARACTER SET utf8mb4"),
                        values,
                        values,
                        new ScriptStep.Query("SET NAMES latin1"),
                        new ScriptStep.Prepare(1, "SELECT ? = 'TEXT' AS c"),
                        new ScriptStep.Query("SET NAMES utf8mb4 COLLATE utf8mb4_bin"),
                        latin,
                        values,
                        latin,
                        values,
                        latin,
                        values,
                        new ScriptStep.Query("BEGIN"),
                        new ScriptStep.Query(first),
                        values,
                        new ScriptStep.Query("SET character_set_client=utf8mb4"),
                        values,
                        new ScriptStep.Query("COMMIT"),
                        values,
                        values,
                        new ScriptStep.ChangeUser(46, true),
                        prepare,
                        values,
                        new ScriptStep.Query("SET collation_connection=utf8mb4_general_ci"),
                        values,
                        prepare,
                        values,
                        Conformance.reset(),
                        prepare,
                        values));
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
}
