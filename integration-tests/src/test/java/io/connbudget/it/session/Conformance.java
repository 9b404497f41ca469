package io.connbudget.it.session;

import io.connbudget.it.Await;
import io.connbudget.it.DatabaseServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.session.ScriptGenerator.Script;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.wire.Command;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs scripts twice, on connections to the server and through the proxy, several clients in turns, and compares every
 * answer packet by packet.
 *
 * <p>Each client has a schema of its own in both runs. The two are treated alike from their creation on, so that even
 * counters stay equal; after a difference both are made anew. A further client of the proxy changes state of every kind
 * between the steps, on the same backends.
 *
 * <p>What may differ: the schemas' names, statement ids (in errors too, with the server's function that did not find one), how a login is authenticated, the row that
 * MariaDB names where no row was meant, and what {@link RawClient} says of flags and character sets.
 */
final class Conformance implements AutoCloseable {
    static final int CLIENTS = 3;
    /** One is kept for control; so a backend more than there are clients, that each can have another one at each turn. */
    private static final int BUDGET = CLIENTS + 1 + 2;

    /** ER_XA_RBROLLBACK of one that the server has rolled back; ER_XAER_NOTA while its session is still leaving it. */
    private static final Set<Integer> NOT_THERE_YET_OR_ANY_MORE = Set.of(1402, 1397);

    /** Documented: GET DIAGNOSTICS, and what the last statement left in any but the plain forms, need their backend. */
    private static final Pattern LOOKS_BACK = Pattern.compile(
            "GET DIAGNOSTICS|\\b(FOUND_ROWS|ROW_COUNT)\\(|SHOW (COUNT\\(\\*\\) )?(WARNINGS|ERRORS)"
                    + "|@@(session\\.)?(warning|error)_count|LIKE 'warning_count'",
            Pattern.CASE_INSENSITIVE);

    /** Forms that are answered wherever the session knows the answer. */
    private static final Set<String> PLAIN_LOOKS = Set.of(
            "SELECT ROW_COUNT()", "SELECT FOUND_ROWS()", "SHOW WARNINGS", "SHOW ERRORS", "SELECT @@warning_count");

    /** How much of the scripts was compared. */
    static final class Tally {
        private int whole;
        private int cut;
        private int compared;
        private int skipped;
        private int plainLooks;
        private int plainRefused;

        /** Scripts of which every answer was compared, to the end. */
        int whole() {
            return whole;
        }

        /** The part of the scripts that the refusal of a look which does something else too has cut short. */
        double cut() {
            return cut / (double) Math.max(1, whole + cut);
        }

        /** The part of the steps that were never reached for it. */
        double skipped() {
            return skipped / (double) Math.max(1, compared + skipped);
        }

        /** Steps that were refused, which is documented. */
        int refusals() {
            return cut + plainRefused;
        }

        /** The part of the looks at the last statement in plain form that were refused. */
        double plainRefused() {
            return plainRefused / (double) Math.max(1, plainLooks);
        }

        @Override
        public String toString() {
            return String.format(
                    "%d scripts compared to their end, %d cut short by a refusal (%.1f %%), %d steps compared, %d skipped (%.1f %%),"
                            + " %d of %d plain looks back refused (%.1f %%)",
                    whole,
                    cut,
                    100 * cut(),
                    compared,
                    skipped,
                    100 * skipped(),
                    plainRefused,
                    plainLooks,
                    100 * plainRefused());
        }
    }

    private final TestDatabase database;
    private final InetSocketAddress direct;
    private final InProcessProxy proxy;
    private final Map<Integer, Integer> sameCollations = new HashMap<>();
    private boolean fresh;
    private final Tally tally = new Tally();
    /** Clients whose scripts may have changed definitions. */
    private final BitSet redefined = new BitSet();
    /** Clients whose scripts were cut short on one side. */
    private final BitSet uneven = new BitSet();
    /** The server's ids of the direct connections of the run that has just ended. */
    private final List<Long> leaving = new ArrayList<>();

    Conformance(TestDatabase database, String handoff) throws InterruptedException {
        this(database, handoff, ReplaySwitches.ALL_ON);
    }

    /** @param switches rules of replay that are off, so that the comparison has something to find */
    Conformance(TestDatabase database, String handoff, ReplaySwitches switches) throws InterruptedException {
        this.database = database;
        DatabaseServer server = database.server();
        this.direct = new InetSocketAddress(server.host(), server.port());
        String pattern = database.schema().replace("_", "\\_") + "\\_%";
        database.execute(
                "GRANT ALL ON `" + pattern + "`.* TO '" + database.user() + "'@'%'",
                "GRANT RELOAD ON *.* TO '" + database.user() + "'@'%'",
                "CREATE ROLE " + ScriptSchema.role(schema('d', 0)),
                "GRANT " + ScriptSchema.role(schema('d', 0)) + " TO '" + database.user() + "'@'%'");
        makeSchemas();
        readSameCollations();
        this.proxy = new InProcessProxy(database, handoff, BUDGET, switches).start();
    }

    private String schema(char side, int client) {
        return database.schema() + "_" + side + client;
    }

    private void makeSchemas() {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement()) {
            sql.execute("SET SESSION lock_wait_timeout = 20");
            for (int client = 0; client <= CLIENTS; client++) {
                for (char side : new char[] {'d', 'p'}) {
                    String name = schema(side, client);
                    sql.execute("DROP DATABASE IF EXISTS " + name);
                    sql.execute("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci");
                    sql.execute("USE " + name);
                    for (String statement :
                            ScriptSchema.definition(database.server().kind())) {
                        sql.execute(statement
                                .replace("{role}", ScriptSchema.role(name))
                                .replace("{db}", name));
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "; transactions: " + transactions(), e);
        }
        fresh = true;
    }

    /**
     * Documented: MariaDB's columns name the collation that SET NAMES gave the character set of results, also where
     * character_set_results was set alone behind it. What it means to a client is its character set.
     */
    private void readSameCollations() {
        if (database.server().kind() == DatabaseServer.Kind.MYSQL) {
            return;
        }
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement();
                ResultSet rows = sql.executeQuery("SELECT id, MIN(id) OVER (PARTITION BY character_set_name)"
                        + " FROM information_schema.collations WHERE id IS NOT NULL")) {
            while (rows.next()) {
                sameCollations.put(rows.getInt(1), rows.getInt(2));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private void emptyTables() {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement()) {
            sql.execute("SET SESSION lock_wait_timeout = 20, innodb_lock_wait_timeout = 20");
            for (int client = 0; client < CLIENTS; client++) {
                // What was run on one side only has moved the tables' own counters apart.
                String empty = uneven.get(client) ? "TRUNCATE TABLE " : "DELETE FROM ";
                for (char side : new char[] {'d', 'p'}) {
                    for (char table : new char[] {'t', 'w', 'x', 'g', 'y'}) {
                        sql.execute(empty + schema(side, client) + "." + table);
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage() + "; transactions: " + transactions(), e);
        }
        uneven.clear();
    }

    /** The transactions of the server, for whoever has to find out who holds a lock. */
    private List<String> transactions() {
        List<String> found = new ArrayList<>();
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement();
                ResultSet rows =
                        sql.executeQuery("SELECT CONCAT_WS(' ', p.user, p.host, p.command, 'silent for', p.time,"
                                + " 's; transaction', t.trx_state, 'since', t.trx_started, 'rows locked', t.trx_rows_locked, p.info)"
                                + " FROM information_schema.innodb_trx t LEFT JOIN information_schema.processlist p"
                                + " ON p.id = t.trx_mysql_thread_id")) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        } catch (SQLException e) {
            found.add(e.getMessage());
        }
        return found;
    }

    Tally tally() {
        return tally;
    }

    InProcessProxy proxy() {
        return proxy;
    }

    /** One client of one run. */
    private static final class Player {
        private final ScriptStep.Actor actor;
        private boolean gone;

        Player(ScriptStep.Actor actor) {
            this.actor = actor;
        }

        List<String> play(ScriptStep step) {
            if (gone) {
                return List.of("gone");
            }
            try {
                return step.run(actor).stream().map(this::shown).toList();
            } catch (IOException e) {
                gone = true;
                return List.of("connection ended");
            }
        }

        /** The packet without what may differ, one character a byte. */
        private String shown(byte[] packet) {
            String text = new String(packet, StandardCharsets.ISO_8859_1).replace(actor.schema(), "{db}");
            if (text.contains("The statement (")) {
                // As a row of SHOW WARNINGS its length differs with its digits.
                return "The statement (n) has no open cursor";
            }
            if (text.contains(" for column ``.``.")) {
                // A parameter's, listed by SHOW WARNINGS.
                return text.replaceAll("(?s).(Incorrect [^`]* for column .*) at row \\d+$", "$1 at row n");
            }
            return text.length() > 3 && text.charAt(1) == 0xff
                    ? text.replaceAll("statement (handler )?\\(\\d+\\)", "statement (n)")
                            .replaceAll("given to \\w+$", "given to it")
                            // For a parameter whose type has changed MySQL says that of the first execution (ADR 24).
                            .replaceAll("Truncated incorrect (INTEGER|DOUBLE) value", "Truncated incorrect n value")
                            .replaceAll("at row \\d+$", "at row n")
                    : text;
        }
    }

    /**
     * Plays up to {@link #CLIENTS} scripts.
     *
     * @param turns decides whose turn it is
     * @return what differed first, null where nothing did
     */
    @Nullable String difference(List<Script> scripts, long turns) {
        if (!fresh) {
            emptyTables();
        }
        fresh = false;
        for (int i = 0; i < scripts.size(); i++) {
            redefined.set(i, scripts.get(i).changesDefinitions());
            uneven.set(i, uneven.get(i) || scripts.get(i).setsInsertId());
        }
        String difference = played(scripts, turns);
        awaitSessionsEnd();
        String written = difference == null ? tablesDifference() : difference;
        redefine();
        return written;
    }

    /** Gives changeable tables their definition again; as clients do, since the proxy may have kept what it heard of them. */
    private void redefine() {
        for (int client = redefined.nextSetBit(0); client >= 0; client = redefined.nextSetBit(client + 1)) {
            for (char side : new char[] {'d', 'p'}) {
                InetSocketAddress address = side == 'd' ? direct : proxy.address();
                RawClient.Login login = new RawClient.Login(
                        database.user(), database.password(), schema(side, client), RawClient.BASE, 45);
                try (RawClient sql = new RawClient(address, login, sameCollations)) {
                    for (String statement : ScriptSchema.CHANGEABLE) {
                        byte[] answer = sql.command(Command.QUERY, statement.getBytes(StandardCharsets.UTF_8))
                                .get(0);
                        if (answer[1] != 0) {
                            throw new IllegalStateException(
                                    statement + ": " + new String(answer, StandardCharsets.UTF_8));
                        }
                    }
                    sql.quit();
                } catch (IOException e) {
                    throw new IllegalStateException(e.getMessage() + "; transactions: " + transactions(), e);
                }
            }
        }
        redefined.clear();
    }

    private @Nullable String played(List<Script> scripts, long turns) {
        List<Player> directly = new ArrayList<>();
        List<Player> proxied = new ArrayList<>();
        Player disturber = null;
        try {
            for (int i = 0; i < scripts.size(); i++) {
                directly.add(player(direct, schema('d', i), scripts.get(i)));
                proxied.add(player(proxy.address(), schema('p', i), scripts.get(i)));
            }
            disturber = player(proxy.address(), schema('p', CLIENTS), new Script(RawClient.BASE, 45, List.of()));
            return play(scripts, new Random(turns), directly, proxied, disturber);
        } catch (IOException e) {
            return "login: " + e.getMessage();
        } finally {
            directly.forEach(player -> leaving.add(player.actor.client().connectionId()));
            directly.forEach(player -> player.actor.client().quit());
            proxied.forEach(player -> player.actor.client().quit());
            if (disturber != null) {
                disturber.actor.client().quit();
            }
        }
    }

    /** Servers let go of what a session held, as named locks, some time after its connection is closed. */
    private void awaitSessionsEnd() {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement()) {
            Await.until("the sessions of both runs have ended", () -> proxy.leases() == 0 && haveLeft(sql));
            leaving.clear();
            Await.until("the transactions that both runs have prepared have ended", () -> endPrepared(sql));
        } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** MySQL's information_schema.processlist would fail while a statement of any other test is no text. */
    private boolean haveLeft(Statement sql) throws SQLException {
        try (ResultSet rows = sql.executeQuery("SHOW PROCESSLIST")) {
            while (rows.next()) {
                if (leaving.contains(rows.getLong("Id"))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Returns whether there were none any more. */
    private boolean endPrepared(Statement sql) throws SQLException {
        List<String> prepared = new ArrayList<>();
        try (ResultSet rows = sql.executeQuery("XA RECOVER")) {
            while (rows.next()) {
                if (rows.getString("data").startsWith(database.schema())) {
                    prepared.add(rows.getString("data"));
                }
            }
        }
        for (String xid : prepared) {
            try {
                sql.execute("XA ROLLBACK '" + xid + "'");
            } catch (SQLException e) {
                if (!NOT_THERE_YET_OR_ANY_MORE.contains(e.getErrorCode())) {
                    throw e;
                }
            }
        }
        return prepared.isEmpty();
    }

    /** What the two runs have written must be equal, and how often they have. */
    private @Nullable String tablesDifference() {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement()) {
            if (database.server().kind() == DatabaseServer.Kind.MYSQL) {
                sql.execute("SET SESSION information_schema_stats_expiry = 0");
            }
            for (int client = 0; client < CLIENTS; client++) {
                List<String> written = new ArrayList<>();
                for (char side : new char[] {'d', 'p'}) {
                    written.add(written(sql, schema(side, client)));
                }
                if (!uneven.get(client) && !written.get(0).equals(written.get(1))) {
                    return "client " + client + " has directly written " + written.get(0) + ", through the proxy "
                            + written.get(1);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
        return null;
    }

    private static String written(Statement sql, String schema) throws SQLException {
        StringBuilder text = new StringBuilder();
        try (ResultSet rows = sql.executeQuery("CHECKSUM TABLE "
                + Stream.of("t", "w", "x", "g", "y").map(t -> schema + "." + t).collect(Collectors.joining(",")))) {
            while (rows.next()) {
                text.append(rows.getString(1).replace(schema, ""))
                        .append(' ')
                        .append(rows.getString(2))
                        .append(", ");
            }
        }
        try (ResultSet rows = sql.executeQuery("SELECT table_name, auto_increment FROM information_schema.tables"
                + " WHERE auto_increment IS NOT NULL AND table_schema = '" + schema + "' ORDER BY table_name")) {
            while (rows.next()) {
                text.append(rows.getString(1))
                        .append(" next ")
                        .append(rows.getString(2))
                        .append(", ");
            }
        }
        return text.toString();
    }

    /** Makes what a difference may have left unequal equal again. */
    void startOver() {
        makeSchemas();
    }

    private Player player(InetSocketAddress address, String schema, Script script) throws IOException {
        RawClient.Login login = new RawClient.Login(
                database.user(),
                database.password(),
                script.withSchema() ? schema : "",
                script.capabilities(),
                script.collation());
        return new Player(new ScriptStep.Actor(new RawClient(address, login, sameCollations), schema, new HashMap<>()));
    }

    private static boolean refused(List<String> answer) {
        return answer.size() == 1 && answer.get(0).contains("This version of connbudget does not support a look at");
    }

    /** What the step asks the server, for an execution what its statement was prepared from. */
    private static String text(ScriptStep step, Player player) {
        if (step instanceof ScriptStep.Execute execution) {
            ScriptStep.Prepared statement = player.actor.statements().get(execution.slot());
            return statement == null ? "" : statement.sql();
        }
        return step instanceof ScriptStep.Query query ? query.sql() : "";
    }

    private @Nullable String play(
            List<Script> scripts, Random random, List<Player> directly, List<Player> proxied, Player disturber) {
        int[] next = new int[scripts.size()];
        BitSet behindRefusal = new BitSet();
        int cut = 0;
        int left = scripts.stream().mapToInt(script -> script.steps().size()).sum();
        while (left > 0) {
            int client = random.nextInt(scripts.size());
            List<ScriptStep> steps = scripts.get(client).steps();
            if (next[client] == steps.size()) {
                continue;
            }
            left--;
            ScriptStep step = steps.get(next[client]++);
            List<String> expected = directly.get(client).play(step);
            List<String> got = proxied.get(client).play(step);
            tally.compared++;
            String text = text(step, proxied.get(client));
            boolean plain = PLAIN_LOOKS.contains(text);
            tally.plainLooks += plain ? 1 : 0;
            boolean look = LOOKS_BACK.matcher(text).find();
            if (refused(got) && !look) {
                return "refused: " + describe(scripts.get(client), client, next[client] - 1, expected, got);
            }
            boolean cursor = step instanceof ScriptStep.Execute execution && execution.flags() != 0;
            boolean behind = look && behindRefusal.get(client);
            if (refused(got) && plain && !cursor) {
                // It has left nothing but itself to look back at.
                tally.compared--;
                tally.plainRefused++;
                behindRefusal.set(client);
            } else if (refused(got) || (behind && !plain)) {
                tally.cut++;
                tally.compared--;
                tally.skipped += steps.size() - next[client] + 1;
                cut++;
                uneven.set(client);
                // From here on the two sessions need not be alike.
                left -= steps.size() - next[client];
                next[client] = steps.size();
            } else if (behind) {
                // The answer is that of another statement.
                tally.compared--;
            } else if (!expected.equals(got)) {
                return describe(scripts.get(client), client, next[client] - 1, expected, got);
            } else if (!text.isEmpty()) {
                behindRefusal.clear(client);
            }
            disturber.play(new ScriptStep.Query(DISTURBANCES.get(random.nextInt(DISTURBANCES.size()))));
        }
        tally.whole += scripts.size() - cut;
        return null;
    }

    private static final List<String> DISTURBANCES = List.of(
            "SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
            "SET NAMES latin1 COLLATE latin1_bin, time_zone='-05:00'",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
            "SET div_precision_increment=1, group_concat_max_len=4, sql_select_limit=1, lc_time_names='fr_FR'",
            "INSERT INTO t (v, s) VALUES (FLOOR(RAND()*1000000), 'd') ON DUPLICATE KEY UPDATE s = 'e'",
            "SELECT SQL_CALC_FOUND_ROWS 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5",
            "SELECT 1/0, 'x' + 2",
            "SELECT * FROM no_such_disturbance",
            "DELETE FROM t WHERE s = 'none'",
            "SET sql_mode='', autocommit=1",
            "SET insert_id=DEFAULT",
            "SET @a = 'disturbed', @other = 1",
            "DO LAST_INSERT_ID(4711)");

    private static String describe(Script script, int client, int at, List<String> expected, List<String> got) {
        StringBuilder text = new StringBuilder("client " + client + " capabilities "
                + Integer.toHexString(script.capabilities()) + " collation " + script.collation() + "\n");
        for (int i = 0; i <= at; i++) {
            text.append("  ")
                    .append(i)
                    .append(' ')
                    .append(shortened(script.steps().get(i).toString()))
                    .append('\n');
        }
        text.append(" directly:\n");
        expected.forEach(packet -> text.append("    ").append(escaped(packet)).append('\n'));
        text.append(" through the proxy:\n");
        got.forEach(packet -> text.append("    ").append(escaped(packet)).append('\n'));
        return text.toString();
    }

    private static String shortened(String step) {
        return step.length() < 1000 ? step : step.substring(0, 200) + "... (" + step.length() + " characters)";
    }

    private static String escaped(String packet) {
        StringBuilder out = new StringBuilder();
        packet.chars().limit(300).forEach(c -> {
            if (c >= ' ' && c < 127) {
                out.append((char) c);
            } else {
                out.append(String.format("\\%02x", c));
            }
        });
        return out.toString();
    }

    @Override
    public void close() {
        proxy.close();
        for (int client = 0; client <= CLIENTS; client++) {
            for (char side : new char[] {'d', 'p'}) {
                database.execute("DROP DATABASE " + schema(side, client));
            }
        }
        database.execute(
                "REVOKE RELOAD ON *.* FROM '" + database.user() + "'@'%'",
                "DROP ROLE " + ScriptSchema.role(schema('d', 0)));
    }

    /** A script of SQL statements, by a client with usual capabilities. */
    static Script script(int moreCapabilities, String... statements) {
        return new Script(
                RawClient.BASE | moreCapabilities,
                45,
                Arrays.stream(statements)
                        .map(text -> (ScriptStep) new ScriptStep.Query(text))
                        .toList());
    }

    /** The single step that resets a session. */
    static ScriptStep reset() {
        return new ScriptStep.Plain(Command.RESET_CONNECTION, "");
    }
}
