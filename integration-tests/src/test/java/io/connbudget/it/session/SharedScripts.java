package io.connbudget.it.session;

import static io.connbudget.it.session.Scripts.*;

import io.connbudget.it.session.ScriptGenerator.Script;
import io.connbudget.it.session.ScriptStep.Value;
import io.connbudget.wire.Command;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Of {@link NamedConformanceTest}: parameters that come by COM_STMT_SEND_LONG_DATA, and what clients that share a statement must not notice. */
final class SharedScripts {
    /** The proxy keeps 1 MiB; more is at a backend before its execution. */
    private static final String MORE_THAN_IS_KEPT = "7".repeat(1_100_000);

    /** Clients of one schema share the backends' statements, and a backend with more user variables than a session has is reset. */
    private static final ScriptStep SHARES = new ScriptStep.Query("USE information_schema");

    private static final ScriptStep SAME_VARIABLES = new ScriptStep.Query("SET @a = 1, @other = 1");

    private static final String LITERALS = "SELECT 'a' = 'A' AS a, COLLATION('a') AS b, 1/3 AS c, ? AS d";
    private static final String IN_HEX = "SELECT HEX(CONVERT(? USING utf8mb4)) AS a";
    private static final ScriptStep PLAIN = new ScriptStep.Query("SELECT 1");

    private SharedScripts() {}

    static Map<String, List<Script>> all() {
        Map<String, List<Script>> scripts = new LinkedHashMap<>();
        scripts.put(
                "long data follows a value of another type, of another client",
                List.of(steps(pieces(false)), steps(pieces(true)), steps(pieces(true))));
        scripts.put(
                "long data of one statement and another statement",
                List.of(
                        steps(prepare(0, "SELECT LENGTH(?)"), much(0), PLAIN, withLongData(0, text("short"))),
                        sql("SET @mine = 1", "SELECT @mine", "SET @mine = 2", "SELECT @mine")));
        scripts.put("long data waits while another statement is executed", List.of(waiting(), waiting(), waiting()));
        scripts.put("long data of a statement that its client closes", List.of(closing(), others(), others()));
        scripts.put("long data of a statement whose types change", List.of(changing(), texts(), texts()));
        scripts.put("an open cursor, and an execution with other types", List.of(cursor(), texts(), texts()));
        scripts.put("types of another character set", List.of(inLatin(), withoutTypes(), withoutTypes()));
        scripts.put("a cursor behind a change of its table, and the rows of the same text", List.of(altered()));
        scripts.put(
                "a statement that is prepared behind SET NAMES in a transaction",
                List.of(inTransaction(), namesOthers()));
        scripts.put(
                "a statement that is prepared behind a routine that failed", List.of(behindFailure(), namesOthers()));
        scripts.put(
                "settings of another client's executions",
                List.of(
                        settings("SET lc_time_names='de_DE', time_zone='+05:00'"),
                        settings("SET lc_time_names='fr_FR', time_zone='-05:00'"),
                        settings("SET NAMES utf8mb4 COLLATE utf8mb4_bin")));
        scripts.put(
                "a value and NULL",
                List.of(
                        columns(text("text")),
                        columns(Value.integer(3, 4, 7)),
                        columns(Value.nothing(253)),
                        columns(Value.nothing(3))));
        return scripts;
    }

    /** What MySQL derives of a value, of its type and in another collation than that of the preparation, it tells of NULL later. */
    private static Script columns(Value value) {
        List<ScriptStep> steps = new ArrayList<>(List.of(SHARES, SAME_VARIABLES));
        for (String names : List.of("DO 1", "SET NAMES utf8mb4 COLLATE utf8mb4_bin", "SET NAMES latin1")) {
            steps.add(prepare(0, "SELECT ? AS a, ? AS b"));
            steps.add(new ScriptStep.Query(names));
            steps.addAll(Collections.nCopies(4, values(0, value, Value.integer(8, 8, 1))));
            steps.add(new ScriptStep.Query("SET NAMES utf8mb4"));
        }
        return steps(steps.toArray(ScriptStep[]::new));
    }

    private static Script settings(String first) {
        String text =
                "SELECT DAYNAME('2024-01-01') AS a, CAST(TIMESTAMP'2024-01-01 00:00:00+00:00' AS CHAR) AS b, 'a' = 'A' AS c, "
                        + "CONCAT(?, 'x') AS d";
        ScriptStep values = values(0, text("text"));
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare(0, text),
                new ScriptStep.Query(first),
                values,
                values,
                values,
                values,
                prepare(0, text),
                values,
                values,
                values,
                values);
    }

    /** SET NAMES tells no collation, and what a session keeps its backend for is not read from it. */
    private static Script inTransaction() {
        ScriptStep values = values(0, text("text"));
        ScriptStep prepare = prepare(0, LITERALS);
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare(1, LITERALS),
                values(1, text("text")),
                new ScriptStep.Query("BEGIN"),
                new ScriptStep.Query("SET NAMES utf8mb4 COLLATE utf8mb4_bin"),
                prepare,
                values,
                values(1, text("text")),
                new ScriptStep.Query("SELECT 'a' = 'A', @@collation_connection"),
                new ScriptStep.Query("COMMIT"),
                values,
                values(1, text("text")),
                new ScriptStep.Query("SET NAMES utf8mb4"),
                values,
                values(1, text("text")));
    }

    private static Script namesOthers() {
        ScriptStep values = values(0, text("text"));
        ScriptStep prepare = prepare(0, LITERALS);
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare,
                values,
                values,
                values,
                values,
                prepare,
                values,
                values,
                prepare,
                values,
                values,
                values,
                values);
    }

    private static Script behindFailure() {
        ScriptStep values = values(0, text("text"));
        return steps(
                new ScriptStep.Query("SET @a = 1, @other = 1, @pf = 0"),
                prepare(0, LITERALS),
                values,
                values,
                new ScriptStep.Query("CALL p_fail()"),
                values,
                new ScriptStep.Query("SELECT @@div_precision_increment"),
                values,
                prepare(0, LITERALS),
                values);
    }

    /** MySQL prepares the statement anew for the cursor, and would never end the answer to an execution without one. */
    private static Script altered() {
        int backends = 6;
        String rows = "SELECT i, 'of n' FROM n";
        List<ScriptStep> steps = new ArrayList<>(List.of(
                SAME_VARIABLES,
                new ScriptStep.Query("CREATE TABLE IF NOT EXISTS n (i INT)"),
                new ScriptStep.Query("INSERT INTO n VALUES (1), (2)")));
        for (String type : List.of("BIGINT", "SMALLINT", "INT", "BIGINT")) {
            steps.add(prepare(0, rows));
            steps.addAll(Collections.nCopies(backends, execute(0, 0)));
            steps.add(new ScriptStep.Query("ALTER TABLE n MODIFY i " + type));
            for (int i = 0; i < backends; i++) {
                steps.addAll(List.of(prepare(1, rows), execute(1, 1), reset(1), close(1)));
            }
        }
        steps.add(new ScriptStep.Query("DROP TABLE n"));
        return steps(steps.toArray(ScriptStep[]::new));
    }

    private static ScriptStep[] pieces(boolean piecewise) {
        List<ScriptStep> steps = new ArrayList<>(List.of(SHARES, SAME_VARIABLES));
        for (int i = 0; i < 4; i++) {
            steps.add(prepare(i, "SELECT ? AS a"));
            if (piecewise) {
                steps.add(new ScriptStep.OnStatement(Command.STMT_SEND_LONG_DATA, i, 0, "long"));
                steps.add(withLongData(i, text("v")));
            } else {
                steps.add(values(i, integer()));
            }
        }
        return steps.toArray(ScriptStep[]::new);
    }

    private static Script waiting() {
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare(0, "SELECT LENGTH(?), ? AS a"),
                prepare(1, "SELECT LENGTH(?), ? AS b"),
                much(0),
                values(1, text("one"), text("two")),
                PLAIN,
                reset(1),
                PLAIN,
                new ScriptStep.OnStatement(Command.STMT_SEND_LONG_DATA, 1, 0, "long"),
                withLongData(1, text("v"), text("two")),
                PLAIN,
                withLongData(0, text("v"), text("mine")),
                PLAIN,
                values(0, text("one"), text("two")));
    }

    private static Script closing() {
        ScriptStep prepare = prepare(0, "SELECT LENGTH(?) AS a");
        ScriptStep other = values(1, text("own"));
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare(1, "SELECT ? AS b"),
                prepare,
                much(0),
                close(0),
                other,
                PLAIN,
                prepare,
                much(0),
                close(0),
                other,
                PLAIN,
                prepare,
                values(0, text("own")),
                much(0),
                close(0),
                other,
                PLAIN);
    }

    private static Script others() {
        ScriptStep prepare = prepare(0, "SELECT LENGTH(?) AS a");
        ScriptStep short1 = values(0, text("short"));
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare,
                short1,
                short1,
                short1,
                short1,
                prepare,
                short1,
                short1,
                short1,
                prepare,
                short1,
                short1);
    }

    /** Behind an integer MySQL would convert a text to one. */
    private static Script changing() {
        ScriptStep first = values(0, text("one"), text("two"));
        ScriptStep changed = withLongData(0, text("v"), integer());
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare(0, "SELECT LENGTH(?), ? AS b"),
                first,
                much(0),
                changed,
                PLAIN,
                much(0),
                changed,
                PLAIN,
                much(0),
                changed,
                PLAIN,
                PLAIN,
                PLAIN);
    }

    private static Script cursor() {
        ScriptStep prepare = prepare(0, "SELECT LENGTH(?), ? AS b");
        ScriptStep opened = new ScriptStep.Execute(0, 1, true, -1, List.of(text("one"), text("two")));
        ScriptStep again = new ScriptStep.Execute(0, 1, true, -1, List.of(text("one"), integer()));
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare,
                opened,
                again,
                reset(0),
                PLAIN,
                close(0),
                PLAIN,
                prepare,
                opened,
                again,
                reset(0),
                PLAIN,
                PLAIN,
                PLAIN);
    }

    /** With the types of parameters servers take up how their values are converted, and keep it for executions that send none. */
    private static Script inLatin() {
        ScriptStep values = values(0, text("ä"));
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare(0, IN_HEX),
                new ScriptStep.Query("SET NAMES latin1"),
                values,
                values,
                values,
                values,
                values,
                values,
                values,
                values,
                values,
                values);
    }

    private static Script withoutTypes() {
        ScriptStep again = new ScriptStep.Execute(0, 0, false, -1, List.of(text("ä")));
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare(0, IN_HEX),
                again,
                again,
                again,
                again,
                again,
                again,
                again,
                again,
                again,
                again,
                again);
    }

    private static Script texts() {
        ScriptStep prepare = prepare(0, "SELECT LENGTH(?), ? AS b");
        ScriptStep textual = values(0, text("some"), text("text"));
        return steps(
                SHARES,
                SAME_VARIABLES,
                prepare,
                textual,
                textual,
                textual,
                textual,
                textual,
                prepare,
                textual,
                textual,
                textual,
                textual,
                textual);
    }

    private static ScriptStep prepare(int slot, String statement) {
        return new ScriptStep.Prepare(slot, statement);
    }

    private static ScriptStep close(int slot) {
        return new ScriptStep.OnStatement(Command.STMT_CLOSE, slot, 0, null);
    }

    private static ScriptStep reset(int slot) {
        return new ScriptStep.OnStatement(Command.STMT_RESET, slot, 0, null);
    }

    private static ScriptStep much(int slot) {
        return new ScriptStep.OnStatement(Command.STMT_SEND_LONG_DATA, slot, 0, MORE_THAN_IS_KEPT);
    }

    private static ScriptStep values(int slot, ScriptStep.Value... values) {
        return new ScriptStep.Execute(slot, 0, true, -1, List.of(values));
    }

    private static ScriptStep withLongData(int slot, ScriptStep.Value... values) {
        return new ScriptStep.Execute(slot, 0, true, 0, List.of(values));
    }

    private static ScriptStep.Value text(String text) {
        return ScriptStep.Value.text(253, text);
    }

    private static ScriptStep.Value integer() {
        return ScriptStep.Value.integer(3, 4, 1);
    }
}
