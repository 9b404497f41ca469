package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import io.connbudget.it.session.ScriptStep.Execute;
import io.connbudget.it.session.ScriptStep.OnStatement;
import io.connbudget.it.session.ScriptStep.Prepare;
import io.connbudget.it.session.ScriptStep.Value;
import io.connbudget.wire.Command;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Prepared statements that several clients have at the same backends: they are prepared in one schema, and by clients that have
 * all user variables of the others, as a backend is reset for those that have not.
 */
final class SharedStatements {
    static final ScriptStep ENTER = sql("USE information_schema");
    private static final int FIRST_SLOT = 3;
    private static final int SLOTS = 2;
    private static final String MORE_THAN_IS_KEPT = "l".repeat(1_050_000);

    void add(Random random, List<ScriptStep> steps) {
        int slot = FIRST_SLOT + random.nextInt(SLOTS);
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> steps.add(new Execute(slot, 0, random.nextBoolean(), -1, values(random)));
            case 3 -> addUnderOtherSettings(random, slot, steps);
            default -> {
                addPrepare(
                        slot,
                        pick(
                                random,
                                "SELECT ? AS a, ? AS b",
                                "SELECT LENGTH(?) AS l, ? AS b",
                                "SELECT ? AS a UNION ALL SELECT ? UNION ALL SELECT 3"),
                        steps);
                Stream.of(use(random, slot)).forEach(steps::add);
            }
        }
    }

    private static void addPrepare(int slot, String text, List<ScriptStep> steps) {
        steps.add(ENTER);
        steps.add(new Prepare(slot, text));
        steps.add(sql("USE {db}"));
    }

    /** Closed at once, as what servers take over from the client's own executions is documented. */
    private static void addUnderOtherSettings(Random random, int slot, List<ScriptStep> steps) {
        addPrepare(
                slot,
                "SELECT 1/3 AS a, 'a' = 'A' AS b, DAYNAME('2024-01-01') AS c, CONCAT(?, 'x') AS d, WEEK('2024-01-01') AS e, ? AS f",
                steps);
        steps.add(sql(pick(
                random,
                "DO 1",
                "SET lc_time_names='de_DE'",
                "SET SESSION lc_time_names='fr_FR', div_precision_increment=8",
                "SET div_precision_increment=2",
                "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
                "SET NAMES latin1",
                "SET collation_connection=utf8mb4_bin",
                "SET default_week_format=3",
                "SET sql_mode=ANSI_QUOTES")));
        steps.addAll(Collections.nCopies(1 + random.nextInt(3), new Execute(slot, 0, true, -1, values(random))));
        steps.add(new OnStatement(Command.STMT_CLOSE, slot, 0, null));
    }

    /** What MySQL itself mixes up within one statement is left out: see {@link PreparedStatements}. */
    private static ScriptStep[] use(Random random, int slot) {
        List<Value> values = values(random);
        ScriptStep execute = new Execute(slot, 0, true, -1, values);
        ScriptStep open = new Execute(slot, 1, true, -1, values);
        ScriptStep fetch = new OnStatement(Command.STMT_FETCH, slot, 1 + random.nextInt(3), null);
        ScriptStep close = new OnStatement(Command.STMT_CLOSE, slot, 0, null);
        ScriptStep reset = new OnStatement(Command.STMT_RESET, slot, 0, null);
        boolean much = random.nextInt(6) == 0;
        ScriptStep longData = new OnStatement(Command.STMT_SEND_LONG_DATA, slot, 0, much ? MORE_THAN_IS_KEPT : "long");
        ScriptStep withLongData = new Execute(slot, 0, true, 0, List.of(Value.text(253, "sent before"), values.get(1)));
        return switch (random.nextInt(8)) {
            case 0, 1 -> new ScriptStep[] {execute};
            case 2 -> new ScriptStep[] {execute, execute, execute};
            case 3 -> new ScriptStep[] {open, fetch, close};
            case 4 -> new ScriptStep[] {open, fetch, reset, open, fetch, close};
            case 5 -> new ScriptStep[] {longData, withLongData, close};
            case 6 -> new ScriptStep[] {longData, sql("SELECT 1"), longData, withLongData, close};
            default -> new ScriptStep[] {longData, random.nextBoolean() ? close : reset, sql("SELECT 2"), close};
        };
    }

    private static List<Value> values(Random random) {
        return List.of(value(random), value(random));
    }

    private static Value value(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> Value.integer(3, 4, random.nextInt(100));
            case 1 -> Value.integer(8, 8, random.nextInt(100));
            case 2 -> Value.text(252, "blob");
            case 3 -> Value.nothing(pick(random, 3, 253, 6));
            default -> Value.text(253, pick(random, "text", "12", ""));
        };
    }
}
