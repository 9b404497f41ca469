package io.connbudget.it.session;

import static io.connbudget.it.session.ScriptGenerator.pick;
import static io.connbudget.it.session.ScriptGenerator.sql;

import io.connbudget.it.session.ScriptStep.Execute;
import io.connbudget.it.session.ScriptStep.Prepare;
import io.connbudget.it.session.ScriptStep.Value;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Changes of a table's definition between preparation and executions of statements that use it. */
final class DefinitionStatements {
    private static final int SLOTS = 2;
    private static final Pattern DEFINES = Pattern.compile("TABLE (IF (NOT )?EXISTS )?[yn]\\b|VIEW");

    /** Whether the step is one that changes {@link ScriptSchema#CHANGEABLE}. */
    static boolean isOne(String step) {
        return DEFINES.matcher(step).find();
    }

    void add(Random random, List<ScriptStep> steps) {
        // Slots of their own.
        int slot = 10 + random.nextInt(SLOTS);
        if (random.nextInt(3) == 0) {
            steps.add(new Prepare(slot, text(random)));
        }
        steps.add(execute(random, slot));
        if (random.nextInt(3) > 0) {
            steps.add(sql(pick(
                    random,
                    "ALTER TABLE y ADD COLUMN z INT DEFAULT 7",
                    "ALTER TABLE y DROP COLUMN z",
                    "ALTER TABLE y MODIFY v BIGINT",
                    "ALTER TABLE y MODIFY v VARCHAR(20)",
                    "CREATE TABLE n (i INT)",
                    "CREATE TABLE IF NOT EXISTS n (i INT)",
                    "DROP TABLE n",
                    "DROP TABLE y",
                    "TRUNCATE TABLE y",
                    "CREATE TABLE IF NOT EXISTS y (id INT AUTO_INCREMENT PRIMARY KEY, v CHAR(5))",
                    "CREATE OR REPLACE VIEW vw AS SELECT v, 1 AS one FROM y",
                    "CREATE OR REPLACE VIEW vw AS SELECT id FROM t")));
            steps.add(execute(random, slot));
        }
    }

    private static ScriptStep execute(Random random, int slot) {
        return new Execute(slot, 0, random.nextBoolean(), -1, List.of(Value.integer(3, 4, random.nextInt(50))));
    }

    private static String text(Random random) {
        return pick(
                random,
                "SELECT * FROM y ORDER BY id",
                "SELECT * FROM vw",
                "INSERT INTO y (v) VALUES (?)",
                "SELECT * FROM n",
                "INSERT INTO n VALUES (?)",
                "SELECT v FROM y WHERE v = ? ORDER BY id");
    }
}
