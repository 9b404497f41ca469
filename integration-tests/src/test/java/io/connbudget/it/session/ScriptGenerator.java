package io.connbudget.it.session;

import io.connbudget.it.DatabaseServer;
import io.connbudget.it.session.ScriptStep.ChangeUser;
import io.connbudget.wire.Capabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Makes the script of one client from a seed: statements that change session state, and statements that see it. */
final class ScriptGenerator {
    static final int SHORTEST = 5;
    static final int LONGEST = 40;

    /**
     * What one client does.
     *
     * @param withSchema whether it names its schema at login
     */
    record Script(int capabilities, int collation, List<ScriptStep> steps, boolean withSchema) {
        Script(int capabilities, int collation, List<ScriptStep> steps) {
            this(capabilities, collation, steps, true);
        }

        /** Whether it may leave the schema's changeable tables otherwise than it found them. */
        boolean changesDefinitions() {
            return steps.stream().anyMatch(step -> DefinitionStatements.isOne(step.toString()));
        }

        /** Whether the ids that its tables give next are the server's matter. */
        boolean setsInsertId() {
            return steps.stream().anyMatch(step -> step.toString().contains("SET insert_id="));
        }
    }

    private static final Pattern USER_VARIABLE = Pattern.compile("(?<!@)@[a-zA-Z`'ü]");
    private static final String VARIABLES_SET =
            "SET @a = 1, @b = 'b', @`c d` = NULL, @e = 1.5, @nothing = NULL, @n = 0, @r = NULL, @m = NULL, @p = 0, @fv = 0, @trg = '', @pf = 0, @c = 'c', @q = 'DO 1', @other = 0";

    private static final Pattern CHARACTER_SET = Pattern.compile("(?i)SET NAMES|CHARACTER SET|character_set|collation");
    private static final Pattern TAKES_IDS = Pattern.compile("INTO [a-z]+ |LOAD DATA");

    /** Servers equate letters with and without accents, so a session with this one keeps its backend. */
    private static final String ACCENT = "ü";

    private interface Group {
        void add(Random random, List<ScriptStep> steps);
    }

    private final boolean mariaDb;
    private final List<Group> groups = new ArrayList<>();

    ScriptGenerator(DatabaseServer.Kind kind) {
        mariaDb = kind == DatabaseServer.Kind.MARIADB;
        group(10, new SettingStatements(mariaDb)::add);
        group(10, new DataStatements()::add);
        group(9, new LookBackStatements(mariaDb)::add);
        group(8, new UserVariableStatements(mariaDb)::add);
        group(5, new TransactionStatements()::add);
        group(6, new HeldStatements(mariaDb)::add);
        group(5, new PreparedStatements()::addSql);
        group(8, new PreparedStatements()::addBinary);
        group(6, new SharedStatements()::add);
        group(4, new HiddenStatements()::add);
        group(2, new CommandSteps()::add);
        group(2, new DefinitionStatements()::add);
    }

    private void group(int weight, Group group) {
        for (int i = 0; i < weight; i++) {
            groups.add(group);
        }
    }

    Script script(long seed) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L);
        random.nextInt();
        int capabilities = RawClient.BASE;
        for (int flag : new int[] {
            Capabilities.DEPRECATE_EOF,
            Capabilities.FOUND_ROWS,
            Capabilities.MULTI_STATEMENTS,
            Capabilities.LOCAL_FILES,
            Capabilities.IGNORE_SPACE,
            Capabilities.INTERACTIVE
        }) {
            int oneIn = flag == Capabilities.IGNORE_SPACE || flag == Capabilities.INTERACTIVE ? 8 : 2;
            capabilities |= random.nextInt(oneIn) == 0 ? flag : 0;
        }
        int collation = pick(random, 45, 45, mariaDb ? 45 : 46, 33, 8, mariaDb ? 45 : 255);
        int length = SHORTEST + random.nextInt(LONGEST - SHORTEST + 1);
        List<ScriptStep> steps = new ArrayList<>();
        // A few kinds a script, so that they meet.
        List<Group> chosen = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            chosen.add(groups.get(random.nextInt(groups.size())));
        }
        while (steps.size() < length) {
            Group group = random.nextInt(8) == 0
                    ? groups.get(random.nextInt(groups.size()))
                    : chosen.get(random.nextInt(chosen.size()));
            group.add(random, steps);
        }
        if (steps.contains(SharedStatements.ENTER)
                || steps.stream()
                        .anyMatch(step -> USER_VARIABLE.matcher(step.toString()).find())) {
            // Documented: MySQL remembers the character set in which a variable without a value was asked for first.
            boolean accents = random.nextInt(4) == 0;
            if (!accents) {
                steps.removeIf(step -> step.toString().contains("@" + ACCENT));
            }
            steps.add(0, sql(accents ? VARIABLES_SET + ", @" + ACCENT + "ber = x'41'" : VARIABLES_SET));
        }
        if (Capabilities.has(capabilities, Capabilities.FOUND_ROWS)) {
            // Documented: rows that ON DUPLICATE KEY UPDATE finds and leaves as they are do not count.
            steps.removeIf(step -> step.toString().contains("ON DUPLICATE KEY"));
        }
        if (steps.stream().anyMatch(step -> step.toString().contains("SET ROLE"))) {
            // Documented: a reset ends a role too, and on MariaDB a change of user ends none.
            steps.removeIf(
                    step -> step.toString().contains("RESET_CONNECTION") || (mariaDb && step instanceof ChangeUser));
        }
        if (steps.stream().anyMatch(step -> step.toString().contains("RESET_CONNECTION"))) {
            // Documented: servers forget the schema's collation with a reset, of which the first statement takes its
            // own.
            steps.removeIf(step -> step.toString().contains("SET CHARACTER SET")
                    || step.toString().contains("collation_database"));
        }
        if (steps.stream().anyMatch(step -> step.toString().contains("SET insert_id="))) {
            // Documented: the ids behind the first are those that the server's open table has at hand.
            steps.removeIf(step -> !(step instanceof ScriptStep.Prepare)
                    && TAKES_IDS.matcher(step.toString()).find());
        }
        if (steps.stream()
                .anyMatch(step -> step.toString().contains("RESET_CONNECTION") || step instanceof ChangeUser)) {
            // Documented: MySQL gives a variable that has no value a type by statements that were prepared and never
            // run.
            steps.removeIf(step -> step.toString().contains("PREPARE s2 FROM 'SELECT @a := 5'"));
        }
        if (steps.stream()
                .anyMatch(step -> CHARACTER_SET.matcher(step.toString()).find())) {
            // Documented: servers convert values as they did when their types were sent.
            PreparedStatements.sendTypes(steps);
        }
        PreparedStatements.keepTypes(steps, CHARACTER_SET);
        boolean withSchema = random.nextInt(10) > 0;
        if (!withSchema || steps.stream().anyMatch(step -> step instanceof ChangeUser user && !user.withSchema())) {
            // Whether the client may is asked before whether it can.
            steps.removeIf(step -> step.toString().contains("LOAD DATA"));
        }
        if (!withSchema) {
            steps.add(random.nextInt(Math.min(length, steps.size() + 1)), sql("USE {db}"));
        }
        return new Script(
                capabilities, collation, List.copyOf(steps.subList(0, Math.min(length, steps.size()))), withSchema);
    }

    static ScriptStep sql(String text) {
        return new ScriptStep.Query(text);
    }

    @SafeVarargs
    static <T> T pick(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
