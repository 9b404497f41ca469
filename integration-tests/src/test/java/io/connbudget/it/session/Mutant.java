package io.connbudget.it.session;

import io.connbudget.it.DatabaseServer.Kind;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A proxy in which one rule does not hold, and the script that misses it.
 *
 * @param capabilities beyond the usual ones, of the script's client
 * @param withSchema whether that client names a schema at login
 * @param disturbance what another session says behind each step on the same backends
 * @param servers on which the rule means something
 */
record Mutant(
        String name,
        ReplaySwitches switches,
        int capabilities,
        boolean withSchema,
        String disturbance,
        List<Step> script,
        Set<Kind> servers) {
    private static final Set<Kind> BOTH = Set.of(Kind.values());
    /** Nothing else of MySQL's shows what these leave. */
    static final Set<String> SEEN_IN_PERFORMANCE_SCHEMA =
            Set.of(PinReason.INSTANCE_LOCK.label(), PinReason.RESOURCE_GROUP.label());

    private static final String USUAL = "SET @other = 1, sql_notes = 1";
    private static final int MORE_THAN_IS_KEPT = 1_200_000;
    private static final int CURSOR = 1;

    /** @param onBoth whether it is taken on both backends, and must look alike there */
    record Step(ScriptStep step, boolean onBoth) {}

    private static Step step(ScriptStep step) {
        return new Step(step, false);
    }

    private static Step sql(String text) {
        return step(new ScriptStep.Query(text));
    }

    private static Step look(String text) {
        return new Step(new ScriptStep.Query(text), true);
    }

    private static Step prepare(String text) {
        return step(new ScriptStep.Prepare(0, text));
    }

    private static ScriptStep.Execute execute(int flags, boolean withTypes, int longData) {
        return new ScriptStep.Execute(0, flags, withTypes, longData, List.of(ScriptStep.Value.integer(3, 4, 7)));
    }

    private static Step longData(String data) {
        return step(new ScriptStep.OnStatement(Command.STMT_SEND_LONG_DATA, 0, 0, data));
    }

    private static Mutant of(ReplayRule rule, Step... script) {
        return new Mutant(
                rule.name(), new ReplaySwitches(Set.of(rule), Set.of()), 0, true, USUAL, List.of(script), BOTH);
    }

    private static Mutant of(PinReason pin, Step... script) {
        return new Mutant(
                pin.label(), new ReplaySwitches(Set.of(), Set.of(pin)), 0, true, USUAL, List.of(script), BOTH);
    }

    private Mutant with(int more) {
        return new Mutant(name, switches, more, withSchema, disturbance, script, servers);
    }

    private Mutant withoutSchema() {
        return new Mutant(name, switches, capabilities, false, disturbance, script, servers);
    }

    private Mutant disturbedBy(String sql) {
        return new Mutant(name, switches, capabilities, withSchema, sql, script, servers);
    }

    private Mutant only(Kind kind) {
        return new Mutant(name, switches, capabilities, withSchema, disturbance, script, Set.of(kind));
    }

    /** Turns a pin off too that another one implies. */
    private Mutant and(PinReason implied) {
        PinReason own = switches.pinsOff().iterator().next();
        return new Mutant(
                name,
                new ReplaySwitches(Set.of(), Set.of(own, implied)),
                capabilities,
                withSchema,
                disturbance,
                script,
                servers);
    }

    /** One for each rule and each pin but the one that only the configuration asks for, and one that knows nothing. */
    static List<Mutant> all() {
        List<Mutant> all = new ArrayList<>(rules());
        all.addAll(statementRules());
        all.addAll(pins());
        all.addAll(serverPins());
        all.add(new Mutant(
                "unobserved",
                ReplaySwitches.UNOBSERVED,
                0,
                true,
                USUAL,
                List.of(sql("SET @a = 'x'"), look("SELECT @a")),
                BOTH));
        return all;
    }

    private static List<Mutant> rules() {
        return List.of(
                of(ReplayRule.SCHEMA, sql("USE information_schema"), look("SELECT DATABASE()")),
                of(ReplayRule.CHARACTER_SETS, sql("SET NAMES latin1"), look("SELECT @@character_set_client")),
                of(
                        ReplayRule.COLLATION,
                        sql("SET NAMES latin1 COLLATE latin1_german1_ci"),
                        look("SELECT @@collation_connection")),
                of(ReplayRule.VARIABLES, sql("SET SESSION sql_mode='ANSI_QUOTES'"), look("SELECT @@sql_mode")),
                of(
                        ReplayRule.NEXT_TRANSACTION,
                        sql("SET TRANSACTION READ ONLY"),
                        sql("START TRANSACTION"),
                        sql("INSERT INTO m (v) VALUES (1)"),
                        sql("ROLLBACK")),
                of(
                        ReplayRule.LAST_INSERT_ID,
                        sql("INSERT INTO m (id) VALUES (NULL)"),
                        sql("SELECT LAST_INSERT_ID() > 0"),
                        sql("DELETE FROM m")),
                of(ReplayRule.WARNINGS, sql("SELECT CAST('x' AS SIGNED)"), sql("SHOW WARNINGS")),
                of(ReplayRule.USER_VARIABLES, sql("SET @a = 'x'"), look("SELECT @a")),
                of(ReplayRule.MULTI_STATEMENTS, sql("SELECT 1; SELECT 2")).with(Capabilities.MULTI_STATEMENTS),
                of(ReplayRule.RESET, sql("SELECT 1"), look("SELECT @other"), look("SELECT @other")),
                of(ReplayRule.FORMER_VARIABLES, sql("SELECT 1"), look("SELECT @@div_precision_increment"))
                        .disturbedBy("SET div_precision_increment = 9"),
                of(ReplayRule.NO_SCHEMA, look("SELECT DATABASE()"), look("SELECT DATABASE()"))
                        .withoutSchema(),
                of(
                        ReplayRule.LAST_STATEMENT,
                        sql("INSERT INTO m (v) VALUES (1), (2)"),
                        sql("SELECT ROW_COUNT()"),
                        sql("DELETE FROM m")),
                of(ReplayRule.CONNECTION_ID, sql("SELECT CONNECTION_ID() = {id} AS own")));
    }

    private static List<Mutant> statementRules() {
        Step again = new Step(execute(0, false, -1), true);
        return List.of(
                of(ReplayRule.PREPARED_STATEMENTS, prepare("SELECT ? AS a"), step(execute(0, true, -1)), again),
                of(
                        ReplayRule.PREPARED_SETTINGS,
                        sql("SET sql_mode='ANSI_QUOTES'"),
                        prepare("SELECT \"v\" FROM m ORDER BY id"),
                        sql("SET sql_mode=''"),
                        again),
                of(ReplayRule.PARAMETER_TYPES, prepare("SELECT ? AS a"), step(execute(0, true, -1)), again),
                of(
                                ReplayRule.SHARED_TYPES,
                                prepare("SELECT ? AS a"),
                                step(execute(0, true, -1)),
                                step(execute(0, false, -1)),
                                step(new ScriptStep.Prepare(1, "SELECT ? AS a")),
                                step(executeText(1, -1)),
                                step(executeText(1, -1)),
                                step(executeText(1, -1)))
                        // No user variable, for which a backend would be reset.
                        .disturbedBy("SET sql_notes = 1")
                        .only(Kind.MYSQL),
                of(
                                ReplayRule.CLIENT_COLLATION,
                                prepare("SELECT ? = 'SHORT' AS a"),
                                step(executeVarchar()),
                                step(executeVarchar()))
                        .disturbedBy("SET NAMES utf8mb4 COLLATE utf8mb4_bin")
                        .only(Kind.MARIADB),
                // MySQL names the collation of results in the definitions of columns.
                of(
                                ReplayRule.RESULTS_COLLATION,
                                sql("SET NAMES utf8mb4 COLLATE utf8mb4_esperanto_ci"),
                                look("SELECT 'a'"))
                        .only(Kind.MYSQL),
                of(ReplayRule.LONG_DATA, prepare("SELECT ? AS a"), longData("long"), step(executeText(0, 0))),
                of(
                        ReplayRule.DEFINITIONS,
                        prepare("SELECT * FROM m"),
                        sql("ALTER TABLE m ADD COLUMN z INT"),
                        prepare("SELECT * FROM m"),
                        sql("ALTER TABLE m DROP COLUMN z")));
    }

    /** A BLOB has no collation. */
    private static ScriptStep executeVarchar() {
        return new ScriptStep.Execute(0, 0, true, -1, List.of(ScriptStep.Value.text(253, "short")));
    }

    private static ScriptStep executeText(int slot, int longData) {
        return new ScriptStep.Execute(slot, 0, true, longData, List.of(ScriptStep.Value.text(252, "short")));
    }

    private static List<Mutant> pins() {
        String lock = "'{db}_x'";
        return List.of(
                of(
                        PinReason.TRANSACTION,
                        sql("BEGIN"),
                        sql("INSERT INTO m (v) VALUES (1)"),
                        sql("ROLLBACK"),
                        sql("SELECT v FROM m")),
                // The transaction that the server's flags tell keeps the backend too.
                of(
                                PinReason.XA,
                                sql("XA START '{db}'"),
                                sql("INSERT INTO m (v) VALUES (1)"),
                                sql("XA END '{db}'"),
                                sql("XA ROLLBACK '{db}'"))
                        .and(PinReason.TRANSACTION),
                of(PinReason.TABLE_LOCK, sql("LOCK TABLES m READ"), sql("SELECT * FROM o"), sql("UNLOCK TABLES")),
                // Of these tables the servers tell that they are locked; of all tables, which would stop every test,
                // they do not.
                of(
                                PinReason.GLOBAL_READ_LOCK,
                                sql("FLUSH TABLES m WITH READ LOCK"),
                                sql("SELECT * FROM o"),
                                sql("UNLOCK TABLES"))
                        .and(PinReason.TABLE_LOCK),
                of(
                        PinReason.NAMED_LOCK,
                        sql("SELECT GET_LOCK(" + lock + ", 0)"),
                        sql("SELECT RELEASE_LOCK(" + lock + ")"),
                        sql("DO RELEASE_ALL_LOCKS()")),
                of(
                        PinReason.TEMPORARY_TABLE,
                        sql("CREATE TEMPORARY TABLE tm (i INT)"),
                        sql("SELECT * FROM tm"),
                        sql("DROP TEMPORARY TABLE IF EXISTS tm")),
                of(PinReason.HANDLER, sql("HANDLER m OPEN"), sql("HANDLER m READ FIRST"), sql("HANDLER m CLOSE")),
                of(
                        PinReason.CURSOR,
                        prepare("SELECT 1 AS a UNION SELECT 2 UNION SELECT 3"),
                        step(execute(CURSOR, true, -1)),
                        step(new ScriptStep.OnStatement(Command.STMT_FETCH, 0, 2, null)),
                        step(new ScriptStep.OnStatement(Command.STMT_RESET, 0, 0, null))),
                of(PinReason.USER_VARIABLE, sql("SET @a = REPEAT('x', 10000)"), sql("SELECT LENGTH(@a)")),
                of(
                        PinReason.SQL_PREPARE,
                        sql("PREPARE s FROM 'SELECT 1'"),
                        sql("EXECUTE s"),
                        sql("DEALLOCATE PREPARE s")),
                of(
                        PinReason.ROLE,
                        sql("SELECT CURRENT_ROLE()"),
                        sql("SET ROLE {role}"),
                        sql("SELECT CURRENT_ROLE()"),
                        sql("SELECT CURRENT_ROLE()")),
                of(
                        PinReason.UNREPLAYABLE_VARIABLE,
                        sql("SET profiling=1"),
                        sql("SELECT @@profiling"),
                        sql("SELECT @@profiling"),
                        sql("SELECT @@profiling")),
                of(
                        PinReason.FOUND_ROWS,
                        sql("SELECT SQL_CALC_FOUND_ROWS 1 AS a UNION SELECT 2 LIMIT 1"),
                        sql("SELECT FOUND_ROWS()")),
                of(
                        PinReason.LONG_DATA,
                        prepare("SELECT LENGTH(?)"),
                        longData("x".repeat(MORE_THAN_IS_KEPT)),
                        sql("SELECT 1"),
                        step(executeText(0, 0))),
                of(PinReason.HIDDEN_STATE, sql("CALL mp()"), sql("SELECT @hidden")),
                // By the rules that hold before it, the second statement has no call, and a quote that does not end.
                of(
                                PinReason.UNREADABLE_STATEMENT,
                                sql("SET sql_mode='NO_BACKSLASH_ESCAPES'; SELECT 'a\\', GET_LOCK('{db}_u', 0), ' b'"),
                                sql("SELECT RELEASE_LOCK('{db}_u')"))
                        .with(Capabilities.MULTI_STATEMENTS));
    }

    private static List<Mutant> serverPins() {
        String ofThread = " AND OWNER_THREAD_ID = PS_CURRENT_THREAD_ID()";
        return List.of(
                of(
                                PinReason.INSTANCE_LOCK,
                                sql("BACKUP LOCK m"),
                                // Refused beside one's own lock.
                                sql("BACKUP STAGE START"),
                                sql("BACKUP UNLOCK"))
                        .only(Kind.MARIADB),
                of(
                                PinReason.INSTANCE_LOCK,
                                sql("LOCK INSTANCE FOR BACKUP"),
                                sql("SELECT COUNT(*) FROM performance_schema.metadata_locks"
                                        + " WHERE OBJECT_TYPE = 'BACKUP LOCK'" + ofThread),
                                sql("UNLOCK INSTANCE"))
                        .only(Kind.MYSQL),
                of(
                                PinReason.RESOURCE_GROUP,
                                sql("SET RESOURCE GROUP {role}"),
                                sql("SELECT RESOURCE_GROUP FROM performance_schema.threads"
                                        + " WHERE THREAD_ID = PS_CURRENT_THREAD_ID()"))
                        .only(Kind.MYSQL));
    }
}
