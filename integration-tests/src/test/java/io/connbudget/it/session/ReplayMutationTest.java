package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.DatabaseServer;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A test of the comparison with a direct connection: with one rule of replay or one pin turned off, its script is answered
 * otherwise than by the server; with all on it is not.
 */
final class ReplayMutationTest {
    /** One is kept for control: two backends, so that whoever holds one decides where the next statement runs. */
    private static final int BUDGET = 3;

    private static final int MOST_ROUNDS = 6;
    private static final String LOOK = "look: ";

    /** The second statement is asked on both backends. */
    private static List<String> thenLooks(String first, String look) {
        return List.of(first, LOOK + look);
    }

    private static Map<ReplayRule, List<String>> rules() {
        Map<ReplayRule, List<String>> scripts = new EnumMap<>(ReplayRule.class);
        scripts.put(ReplayRule.SCHEMA, thenLooks("USE information_schema", "SELECT DATABASE()"));
        scripts.put(ReplayRule.CHARACTER_SETS, thenLooks("SET NAMES latin1", "SELECT @@character_set_client"));
        scripts.put(
                ReplayRule.COLLATION,
                thenLooks("SET NAMES latin1 COLLATE latin1_german1_ci", "SELECT @@collation_connection"));
        scripts.put(ReplayRule.VARIABLES, thenLooks("SET SESSION sql_mode='ANSI_QUOTES'", "SELECT @@sql_mode"));
        scripts.put(
                ReplayRule.NEXT_TRANSACTION,
                List.of(
                        "SET TRANSACTION READ ONLY",
                        "START TRANSACTION",
                        "INSERT INTO {m} (v) VALUES (1)",
                        "ROLLBACK"));
        scripts.put(
                ReplayRule.LAST_INSERT_ID,
                List.of("INSERT INTO {m} (id) VALUES (NULL)", "SELECT LAST_INSERT_ID() > 0", "DELETE FROM {m}"));
        scripts.put(ReplayRule.WARNINGS, List.of("SELECT CAST('x' AS SIGNED)", "SHOW WARNINGS"));
        scripts.put(ReplayRule.USER_VARIABLES, thenLooks("SET @a = 'x'", "SELECT @a"));
        return scripts;
    }

    private static Map<PinReason, List<String>> pins(String schema) {
        Map<PinReason, List<String>> scripts = new EnumMap<>(PinReason.class);
        scripts.put(
                PinReason.TRANSACTION,
                List.of("BEGIN", "INSERT INTO {m} (v) VALUES (1)", "ROLLBACK", "SELECT v FROM {m}"));
        scripts.put(PinReason.TABLE_LOCK, List.of("LOCK TABLES {m} READ", "DELETE FROM {m}", "UNLOCK TABLES"));
        scripts.put(
                PinReason.NAMED_LOCK,
                List.of("SELECT GET_LOCK({lock}, 0)", "SELECT RELEASE_LOCK({lock})", "DO RELEASE_ALL_LOCKS()"));
        scripts.put(
                PinReason.TEMPORARY_TABLE,
                List.of("CREATE TEMPORARY TABLE tm (i INT)", "SELECT * FROM tm", "DROP TEMPORARY TABLE IF EXISTS tm"));
        scripts.put(PinReason.HANDLER, List.of("HANDLER {m} OPEN", "HANDLER {m} READ FIRST", "HANDLER {m} CLOSE"));
        scripts.put(PinReason.SQL_PREPARE, List.of("PREPARE s FROM 'SELECT 1'", "EXECUTE s", "DEALLOCATE PREPARE s"));
        scripts.put(
                PinReason.UNREPLAYABLE_VARIABLE,
                List.of("SET profiling=1", "SELECT @@profiling", "SELECT @@profiling", "SELECT @@profiling"));
        scripts.put(PinReason.HIDDEN_STATE, List.of("CALL mp()", "SELECT @hidden"));
        return scripts;
    }

    @OnEveryServer
    void eachRuleIsNeeded(TestDatabase database) throws Exception {
        String schema = database.schema();
        database.execute(
                "CREATE TABLE " + schema + ".m_d (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
                "CREATE TABLE " + schema + ".m_p (id INT AUTO_INCREMENT PRIMARY KEY, v INT)",
                "CREATE PROCEDURE " + schema + ".mp() SET @hidden = 'yes'");
        List<String> unnoticed = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        try (InProcessProxy whole = new InProcessProxy(database, "eager", BUDGET).start()) {
            List<List<String>> scripts = new ArrayList<>(rules().values());
            scripts.addAll(pins(schema).values());
            for (List<String> script : scripts) {
                if (differs(database, whole, script, 0)) {
                    wrong.add(script.toString());
                }
            }
        }
        assertThat(wrong).as("scripts that differ although every rule holds").isEmpty();
        for (Map.Entry<ReplayRule, List<String>> rule : rules().entrySet()) {
            if (!noticed(database, new ReplaySwitches(Set.of(rule.getKey()), Set.of()), rule.getValue())) {
                unnoticed.add(rule.getKey().name());
            }
        }
        for (Map.Entry<PinReason, List<String>> pin : pins(schema).entrySet()) {
            if (!noticed(database, new ReplaySwitches(Set.of(), Set.of(pin.getKey())), pin.getValue())) {
                unnoticed.add(pin.getKey().label());
            }
        }
        assertThat(unnoticed).as("rules that no script misses").isEmpty();
    }

    private static boolean noticed(TestDatabase database, ReplaySwitches switches, List<String> script)
            throws Exception {
        try (InProcessProxy mutant = new InProcessProxy(database, "eager", BUDGET, switches).start()) {
            for (int round = 0; round < MOST_ROUNDS; round++) {
                if (differs(database, mutant, script, round % 2)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Plays the script on both ways; each step is followed by steps of another session on the same backends.
     *
     * @param more steps of the other session beside the usual ones: backends may go round in a circle that brings each step
     *     to the same one
     */
    private static boolean differs(TestDatabase database, InProcessProxy proxy, List<String> script, int more)
            throws IOException {
        DatabaseServer server = database.server();
        try (RawClient direct = client(database, new InetSocketAddress(server.host(), server.port()));
                RawClient proxied = client(database, proxy.address());
                RawClient other = client(database, proxy.address());
                RawClient third = client(database, proxy.address())) {
            boolean differs = false;
            for (String statement : script) {
                if (statement.startsWith(LOOK)) {
                    String look = statement.substring(LOOK.length());
                    List<String> expected = answer(direct, look, "_d");
                    answer(other, "BEGIN", "");
                    differs |= !expected.equals(answer(proxied, look, "_p"));
                    answer(third, "BEGIN", "");
                    answer(other, "COMMIT", "");
                    differs |= !expected.equals(answer(proxied, look, "_p"));
                    answer(third, "COMMIT", "");
                    continue;
                }
                List<String> expected = answer(direct, statement, "_d");
                List<String> got = answer(proxied, statement, "_p");
                for (int i = 0; i <= more; i++) {
                    answer(other, "SELECT 1", "");
                }
                answer(other, "SET @other = 1, sql_notes = 1", "");
                differs |= !expected.equals(got);
            }
            return differs;
        }
    }

    /** The two ways have a table and a lock each, alike but for the name. */
    private static List<String> answer(RawClient client, String statement, String side) throws IOException {
        String lock = "'" + client.login().schema() + side + "'";
        String table = "m" + side;
        String sql = statement.replace("{lock}", lock).replace("{m}", table);
        return client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8)).stream()
                .map(packet -> new String(packet, StandardCharsets.ISO_8859_1)
                        .replace(lock, "lock")
                        .replace(table, "m"))
                .toList();
    }

    private static RawClient client(TestDatabase database, InetSocketAddress address) throws IOException {
        return new RawClient(
                address,
                new RawClient.Login(
                        database.user(),
                        database.password(),
                        database.schema(),
                        RawClient.BASE | Capabilities.DEPRECATE_EOF,
                        45),
                Map.of());
    }
}
