package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import io.connbudget.it.session.ScriptStep.Execute;
import io.connbudget.it.session.ScriptStep.OnStatement;
import io.connbudget.it.session.ScriptStep.Prepare;
import io.connbudget.it.session.ScriptStep.Value;
import io.connbudget.wire.Command;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;

/** Statements prepared by SQL and by the binary protocol. */
final class PreparedStatements {
    private static final int CURSOR = 1;
    private static final Pattern KEEPS_TYPES = Pattern.compile("^SELECT (LENGTH\\()?\\?|^SET @a|COLLATION\\('a'\\)");
    private static final int SLOTS = 3;

    void addSql(Random random, List<ScriptStep> steps) {
        steps.add(sql(pick(
                random,
                "PREPARE s1 FROM 'SELECT ? + 1'",
                "PREPARE s1 FROM 'INSERT INTO t (v) VALUES (?)'",
                "PREPARE s2 FROM 'SELECT @a := 5'",
                "SET @q = 'SELECT 42'",
                "PREPARE s2 FROM @q",
                "EXECUTE s1 USING @a",
                "EXECUTE s1 USING @a",
                "EXECUTE s2",
                "EXECUTE s2",
                "SET @a = " + random.nextInt(100),
                "DEALLOCATE PREPARE s1",
                "DEALLOCATE PREPARE s1",
                "DROP PREPARE s2",
                "PREPARE s1 FROM 'SELEKT'")));
    }

    void addBinary(Random random, List<ScriptStep> steps) {
        int slot = random.nextInt(SLOTS);
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                steps.add(new Prepare(slot, text(random)));
                steps.add(execute(random, slot, 0, true));
            }
            case 3, 4 -> steps.add(execute(random, slot, 0, random.nextBoolean()));
            case 5 -> {
                // MySQL gives a cursor's columns the types of the execution before it.
                steps.add(new Prepare(slot, text(random)));
                ScriptStep opened = execute(random, slot, CURSOR, true);
                steps.add(opened);
                steps.add(new OnStatement(Command.STMT_FETCH, slot, 1 + random.nextInt(3), null));
                if (random.nextBoolean()) {
                    steps.add(new OnStatement(Command.STMT_RESET, slot, 0, null));
                    steps.add(opened);
                    steps.add(new OnStatement(Command.STMT_FETCH, slot, 2, null));
                }
                // MySQL's answer to an execution without a cursor, where the first one had one, has no end.
                steps.add(new OnStatement(Command.STMT_CLOSE, slot, 0, null));
            }
            case 6 -> steps.add(new OnStatement(Command.STMT_FETCH, slot, 2, null));
            case 7 -> {
                // Servers mix long data up with the type that an execution before it gave the parameter.
                // How often MySQL warns of a text that is compared with numbers is the optimizer's matter.
                String text = text(random);
                while (text.contains("v > ?")) {
                    text = text(random);
                }
                steps.add(new Prepare(slot, text));
                steps.add(new OnStatement(Command.STMT_SEND_LONG_DATA, slot, 0, "long"));
                steps.add(new OnStatement(Command.STMT_SEND_LONG_DATA, slot, 0, "data"));
                List<Value> values = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    values.add(Value.text(252, "v" + i));
                }
                steps.add(new Execute(slot, 0, true, 0, values));
            }
            case 8 -> steps.add(new OnStatement(Command.STMT_RESET, slot, 0, null));
            default -> steps.add(new OnStatement(Command.STMT_CLOSE, slot, 0, null));
        }
    }

    /** Has every execution send its types. */
    static void sendTypes(List<ScriptStep> steps) {
        steps.replaceAll(step ->
                step instanceof Execute e ? new Execute(e.slot(), e.flags(), true, e.longData(), e.values()) : step);
    }

    /**
     * Gives the executions of a statement the values of its first one, where MySQL converts to the types of that one.
     * Documented: through the proxy each has its own; and so it has where MySQL derived something of NULL in another character set.
     *
     * @param characterSet finds what changes the character set
     */
    static void keepTypes(List<ScriptStep> steps, Pattern characterSet) {
        Map<Integer, Execute> first = new HashMap<>();
        Set<Integer> inAnother = new HashSet<>();
        BitSet numbers = new BitSet();
        for (int i = 0; i < steps.size(); i++) {
            if (characterSet.matcher(steps.get(i).toString()).find()) {
                inAnother.addAll(first.keySet());
            }
            if (steps.get(i) instanceof Prepare prepare) {
                if (KEEPS_TYPES.matcher(prepare.sql()).find()) {
                    first.put(prepare.slot(), null);
                } else {
                    first.remove(prepare.slot());
                }
                numbers.set(prepare.slot(), prepare.sql().startsWith("INSERT INTO x"));
            } else if (steps.get(i) instanceof Execute execute && numbers.get(execute.slot())) {
                // Documented: how MySQL spells in an error what is no number depends on the executions before it.
                List<Value> values = execute.values().stream()
                        .map(value -> value.shown().equals("'ä'") ? Value.text(value.type(), "text") : value)
                        .toList();
                steps.set(
                        i,
                        new Execute(execute.slot(), execute.flags(), execute.withTypes(), execute.longData(), values));
            } else if (steps.get(i) instanceof Execute execute && first.containsKey(execute.slot())) {
                Execute before = first.get(execute.slot());
                if (before != null && hasNull(before) && inAnother.contains(execute.slot())) {
                    steps.set(i, sql("DO 1"));
                } else if (before != null) {
                    steps.set(
                            i,
                            new Execute(
                                    execute.slot(),
                                    execute.flags(),
                                    execute.withTypes(),
                                    execute.longData(),
                                    before.values()));
                } else if (execute.withTypes()) {
                    first.put(execute.slot(), execute);
                    inAnother.remove(execute.slot());
                }
            }
        }
    }

    private static boolean hasNull(Execute execute) {
        return execute.values().stream().anyMatch(value -> value.bytes() == null);
    }

    private static ScriptStep execute(Random random, int slot, int flags, boolean withTypes) {
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            values.add(value(random));
        }
        return random.nextInt(3) == 0
                ? new Execute(slot, flags, withTypes, -1, values)
                : new Execute(slot, flags, withTypes, -1, integers(random));
    }

    private static List<Value> integers(Random random) {
        return List.of(Value.integer(3, 4, random.nextInt(50)), Value.integer(3, 4, random.nextInt(50)));
    }

    private static String text(Random random) {
        return pick(
                random,
                "SELECT ?, ?, ?",
                "SELECT ? AS a",
                "SELECT v, s FROM t WHERE v > ? ORDER BY id",
                "SELECT * FROM t ORDER BY id",
                "SELECT * FROM x ORDER BY id",
                "INSERT INTO t (v, s) VALUES (?, ?)",
                "INSERT INTO x (d, f, j) VALUES (?, ?, ?)",
                "UPDATE t SET s = ? WHERE v > ?",
                "SELECT LAST_INSERT_ID()",
                "SELECT ROW_COUNT()",
                "SELECT FOUND_ROWS()",
                "SELECT SQL_CALC_FOUND_ROWS v FROM t ORDER BY id LIMIT 2",
                "SET @a = ?",
                "SELECT @a, COLLATION(@a)",
                "SELECT @@sql_mode, @@collation_connection",
                "SHOW WARNINGS",
                // Documented: what MySQL prepares anew for a parameter's type it prepares in the settings of that
                // moment.
                "SELECT CONCAT('a', CAST(? AS CHAR)), COLLATION('a'), 'x' || 'y'",
                "CALL p_rows()",
                "CALL p_out(?, @b, @c)",
                "SELECT \"v\" FROM t ORDER BY id",
                "SELECT * FROM tmp",
                "SELECT no_such_column FROM t",
                "SELEKT",
                // Documented: MySQL takes the type of "1/?" from earlier executions, with whatever types they had.
                "SELECT 1/CAST(? AS SIGNED)",
                "SELECT v INTO @a FROM t ORDER BY id LIMIT 1",
                "DO GET_LOCK('{db}_0', 0)",
                "COMMIT");
    }

    private static Value value(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> Value.integer(1, 1, random.nextInt(256));
            case 1 -> Value.integer(2, 2, random.nextInt());
            case 2 -> Value.integer(3, 4, random.nextInt());
            case 3 -> Value.integer(8, 8, random.nextLong());
            case 4 -> Value.integer(0x8008, 8, random.nextLong());
            case 5 -> Value.integer(5, 8, Double.doubleToLongBits(random.nextInt(1000) / 8.0));
            case 6 -> Value.integer(4, 4, Float.floatToIntBits(1.5f));
            case 7 -> Value.text(253, pick(random, "text", "", "ANSI_QUOTES", "ä"));
            case 8 -> Value.text(246, "12.340");
            case 9 -> Value.text(252, "blob");
            case 10 -> new Value(12, new byte[] {4, (byte) 0xe8, 7, 2, 29}, "2024-02-29");
            default -> Value.nothing(pick(random, 3, 253, 6));
        };
    }
}
