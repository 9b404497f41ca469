package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.DatabaseServer;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A test of the comparison with a direct connection: with one rule of replay or one pin turned off, its script is answered
 * otherwise than by the server; with all on it is not. Which scripts a generator needs for it: {@link GeneratedMutationTest}.
 */
@Tag("long")
final class ReplayMutationTest {
    /** One is kept for control: two backends, so that whoever holds one decides where the next statement runs. */
    private static final int BUDGET = 3;

    private static final int MOST_ROUNDS = 30;

    /** What only the configuration asks for holds no state: nothing is answered otherwise without it. */
    private static final Set<PinReason> WITHOUT_STATE = EnumSet.of(PinReason.CONFIGURED);

    @Test
    void noRuleIsWithoutAMutant() {
        Set<ReplayRule> rules = EnumSet.noneOf(ReplayRule.class);
        Set<PinReason> pins = EnumSet.copyOf(WITHOUT_STATE);
        for (Mutant mutant : Mutant.all()) {
            rules.addAll(mutant.switches().rulesOff());
            pins.addAll(mutant.switches().pinsOff());
        }
        assertThat(rules).containsExactlyInAnyOrder(ReplayRule.values());
        assertThat(pins).containsExactlyInAnyOrder(PinReason.values());
    }

    @OnEveryServer
    void eachRuleIsNeeded(TestDatabase database) throws Exception {
        List<Mutant> mutants = prepare(database);
        try {
            List<String> wrong = new ArrayList<>();
            try (InProcessProxy whole = new InProcessProxy(database, "eager", BUDGET).start()) {
                for (Mutant mutant : mutants) {
                    String difference = difference(database, whole, mutant, 0);
                    if (difference != null) {
                        wrong.add(mutant.name() + ": " + difference);
                    }
                }
            }
            assertThat(wrong)
                    .as("scripts that differ although every rule holds")
                    .isEmpty();
            List<String> unnoticed = new ArrayList<>();
            for (Mutant mutant : mutants) {
                empty(database);
                if (!noticed(database, mutant)) {
                    unnoticed.add(mutant.name());
                }
            }
            assertThat(unnoticed).as("rules that no script misses").isEmpty();
        } finally {
            cleanUp(database);
        }
    }

    private static String schema(TestDatabase database, char side) {
        return database.schema() + "_" + side;
    }

    /** Makes what the scripts need; returns the mutants that mean something on this server. */
    private static List<Mutant> prepare(TestDatabase database) {
        boolean mysql = database.server().kind() == DatabaseServer.Kind.MYSQL;
        String account = "'" + database.user() + "'@'%'";
        String role = ScriptSchema.role(schema(database, 'd'));
        database.execute(
                "GRANT ALL ON `" + database.schema().replace("_", "\\_") + "\\_%`.* TO " + account,
                "GRANT RELOAD ON *.* TO " + account,
                "CREATE ROLE " + role,
                "GRANT " + role + " TO " + account);
        for (char side : new char[] {'d', 'p'}) {
            String schema = schema(database, side);
            database.execute(
                    "CREATE DATABASE " + schema,
                    "CREATE TABLE " + schema + ".m (id INT AUTO_INCREMENT PRIMARY KEY, v INT) ENGINE=InnoDB",
                    "CREATE TABLE " + schema + ".o (i INT) ENGINE=InnoDB",
                    "CREATE PROCEDURE " + schema + ".mp() SET @hidden = 'yes'");
        }
        List<Mutant> mutants = new ArrayList<>(Mutant.all());
        mutants.removeIf(mutant -> !mutant.servers().contains(database.server().kind()));
        if (mysql && showsThreads(database)) {
            database.execute(
                    "GRANT BACKUP_ADMIN, RESOURCE_GROUP_USER ON *.* TO " + account,
                    "GRANT SELECT ON performance_schema.* TO " + account,
                    "CREATE RESOURCE GROUP " + role + " TYPE = USER");
        } else if (mysql) {
            mutants.removeIf(mutant -> Mutant.SEEN_IN_PERFORMANCE_SCHEMA.contains(mutant.name()));
        }
        return mutants;
    }

    private static boolean showsThreads(TestDatabase database) {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement();
                ResultSet row = sql.executeQuery("SELECT @@performance_schema")) {
            return row.next() && row.getBoolean(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** A mutant's script before may have left rows on one side. */
    private static void empty(TestDatabase database) {
        for (char side : new char[] {'d', 'p'}) {
            database.execute("DELETE FROM " + schema(database, side) + ".m");
        }
    }

    private static void cleanUp(TestDatabase database) {
        database.connectionIds().forEach(database::kill);
        String role = ScriptSchema.role(schema(database, 'd'));
        database.execute(
                "DROP DATABASE " + schema(database, 'd'),
                "DROP DATABASE " + schema(database, 'p'),
                "DROP ROLE " + role);
        if (database.server().kind() == DatabaseServer.Kind.MYSQL) {
            if (showsThreads(database)) {
                database.execute("DROP RESOURCE GROUP " + role + " FORCE");
            }
        }
    }

    private static boolean noticed(TestDatabase database, Mutant mutant) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", BUDGET, mutant.switches()).start()) {
            takeBoth(database, proxy);
            for (int round = 0; round < MOST_ROUNDS; round++) {
                if (difference(database, proxy, mutant, round % 3) != null) {
                    return true;
                }
            }
            return false;
        }
    }

    /** The pool is filled behind the proxy's back: on the only backend there is, no rule would be missed. */
    private static void takeBoth(TestDatabase database, InProcessProxy proxy) throws IOException {
        try (RawClient other = other(database, proxy.address());
                RawClient third = other(database, proxy.address())) {
            for (RawClient client : List.of(other, third)) {
                say(client, "BEGIN");
            }
            for (RawClient client : List.of(other, third)) {
                say(client, "COMMIT");
            }
        }
    }

    /**
     * Plays the script on both ways; each step is followed by steps of another session on the same backends.
     *
     * @param more steps of the other session beside the usual ones: backends may go round in a circle that brings each step
     *     to the same one
     * @return what differed first; null where nothing did
     */
    private static @Nullable String difference(TestDatabase database, InProcessProxy proxy, Mutant mutant, int more)
            throws IOException {
        DatabaseServer server = database.server();
        InetSocketAddress serverAddress = new InetSocketAddress(server.host(), server.port());
        try (RawClient direct = client(database, serverAddress, mutant, schema(database, 'd'));
                RawClient proxied = client(database, proxy.address(), mutant, schema(database, 'p'));
                RawClient other = other(database, proxy.address());
                RawClient third = other(database, proxy.address())) {
            ScriptStep.Actor one = new ScriptStep.Actor(direct, schema(database, 'd'), new HashMap<>());
            ScriptStep.Actor two = new ScriptStep.Actor(proxied, schema(database, 'p'), new HashMap<>());
            String differs = null;
            for (Mutant.Step step : mutant.script()) {
                List<String> expected = answer(one, step.step());
                if (step.onBoth()) {
                    say(other, "BEGIN");
                    differs = first(differs, step, expected, answer(two, step.step()));
                    say(third, "BEGIN");
                    say(other, "COMMIT");
                    differs = first(differs, step, expected, answer(two, step.step()));
                    say(third, "COMMIT");
                    continue;
                }
                List<String> got = answer(two, step.step());
                for (int i = 0; i <= more; i++) {
                    say(other, "SELECT 1");
                }
                say(other, mutant.disturbance());
                differs = first(differs, step, expected, got);
            }
            return differs;
        }
    }

    private static @Nullable String first(
            @Nullable String before, Mutant.Step step, List<String> expected, List<String> got) {
        return before != null || expected.equals(got) ? before : step.step() + ": " + expected + " but " + got;
    }

    /** The two ways have a schema each, alike but for the name. */
    private static List<String> answer(ScriptStep.Actor actor, ScriptStep step) {
        try {
            return step.run(actor).stream()
                    .map(packet -> new String(packet, StandardCharsets.ISO_8859_1).replace(actor.schema(), "{db}"))
                    .toList();
        } catch (IOException e) {
            return List.of("connection ended");
        }
    }

    private static void say(RawClient client, String sql) throws IOException {
        client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8));
    }

    private static RawClient client(TestDatabase database, InetSocketAddress address, Mutant mutant, String schema)
            throws IOException {
        int capabilities = RawClient.BASE | Capabilities.DEPRECATE_EOF | mutant.capabilities();
        return new RawClient(
                address,
                new RawClient.Login(
                        database.user(), database.password(), mutant.withSchema() ? schema : "", capabilities, 45));
    }

    private static RawClient other(TestDatabase database, InetSocketAddress address) throws IOException {
        return new RawClient(
                address,
                new RawClient.Login(
                        database.user(),
                        database.password(),
                        database.schema(),
                        RawClient.BASE | Capabilities.DEPRECATE_EOF,
                        45));
    }
}
