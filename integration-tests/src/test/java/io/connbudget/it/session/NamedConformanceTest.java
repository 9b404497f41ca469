package io.connbudget.it.session;

import static io.connbudget.it.session.Scripts.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.session.ScriptGenerator.Script;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.ServerStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Scripts that once were answered wrongly, each by the name of what went wrong; found by {@link SessionConformanceTest}. */
final class NamedConformanceTest {
    private static Map<String, List<Script>> scripts() {
        Map<String, List<Script>> scripts = new LinkedHashMap<>();
        scripts.put(
                "MySQL's DEFAULT turns foreign key checks off",
                List.of(
                        sql(
                                "SET foreign_key_checks=0, unique_checks=0",
                                "SELECT 1",
                                "SELECT 2",
                                "SELECT 3",
                                "SELECT 4"),
                        sql(looks("SELECT @@foreign_key_checks, @@unique_checks"))));
        scripts.put(
                "a variable set without a scope is not announced by MariaDB",
                List.of(
                        sql("SET @@sql_notes=0", "SELECT @@sql_notes", "SELECT @@sql_notes"),
                        sql(looks("SELECT @@sql_notes"))));
        scripts.put(
                "a command that was refused or answered sent nothing: the backend is not the session's",
                List.of(
                        sql(
                                "INSERT INTO t (v) VALUES (1)",
                                "SELECT ROW_COUNT()",
                                "SELECT LAST_INSERT_ID()",
                                "SELECT 1"),
                        sql(looks("SELECT ROW_COUNT()")),
                        sql("INSERT INTO t (v) VALUES (2)", "SELECT ROW_COUNT()", "SELECT DATABASE(), @@sql_mode")));
        scripts.put(
                "tables stay locked behind an implicit commit, which MySQL does not say",
                List.of(sql(
                        "CREATE TEMPORARY TABLE tmp (a INT)",
                        "LOCK TABLES t WRITE, g READ",
                        "DROP TEMPORARY TABLE tmp",
                        "SELECT a FROM w",
                        "TRUNCATE t",
                        "INSERT INTO w VALUES (1, 'a', NULL)",
                        "UNLOCK TABLES",
                        "SELECT a FROM w")));
        scripts.put(
                "SET CHARACTER SET takes the schema's collation",
                List.of(sql(
                        "SET CHARACTER SET latin1", "SELECT @@collation_connection", "SELECT @@collation_connection")));
        scripts.put(
                "a backend that was reset has forgotten the schema's collation",
                List.of(
                        sql("SET @a = 1", "SELECT 1", "SELECT 2", "SELECT 3"),
                        sql("SELECT 1", looks("SELECT @b, @@collation_database"))));
        scripts.put(
                "a schema is altered",
                List.of(
                        sql(
                                "BEGIN",
                                "SELECT 1",
                                "COMMIT",
                                "SELECT 2",
                                "SELECT 3",
                                "ALTER DATABASE CHARACTER SET latin1",
                                "SELECT @@collation_database",
                                "SELECT @@collation_database",
                                "CREATE TABLE altered (a VARCHAR(5))",
                                "SELECT @@collation_database",
                                "SHOW CREATE TABLE altered",
                                "DROP TABLE altered",
                                "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
                                "SELECT @@collation_database",
                                "SELECT @@collation_database",
                                "SELECT @@collation_database"),
                        sql("SELECT 1", "BEGIN", "SELECT 2", "SELECT 3", "COMMIT", "SELECT 4"),
                        sql("SELECT 1", "SELECT 2", "BEGIN", "SELECT 3", "SELECT 4", "COMMIT")));
        for (String connection :
                List.of("SET character_set_connection=latin1", "SET collation_connection=latin1_bin")) {
            scripts.put(
                    "a client's collation that the connection has no more: " + connection,
                    List.of(
                            steps(
                                    new ScriptStep.Query("SET NAMES utf8mb3"),
                                    new ScriptStep.Prepare(0, "SELECT v INTO @a FROM t ORDER BY id LIMIT 1"),
                                    execute(0, 0),
                                    new ScriptStep.Query("SET NAMES utf8mb4 COLLATE utf8mb4_bin"),
                                    new ScriptStep.Query(connection),
                                    execute(0, 0),
                                    new ScriptStep.Query("SET NAMES DEFAULT"),
                                    new ScriptStep.Query(connection),
                                    execute(0, 0)),
                            sql("SELECT 1", "SELECT 2", "SELECT 3"),
                            sql("SELECT 1", "SELECT 2", "SELECT 3")));
        }
        scripts.put(
                "a mode set without a scope stays behind a preparation",
                List.of(
                        steps(
                                new ScriptStep.Prepare(0, "SELECT ?"),
                                execute(0, 0),
                                new ScriptStep.Query("SET SESSION sql_mode='STRICT_TRANS_TABLES'"),
                                new ScriptStep.Query("SET @@sql_mode='ANSI_QUOTES'"),
                                new ScriptStep.Query("SET NAMES utf8mb4 COLLATE utf8mb4_bin"),
                                execute(0, 0),
                                new ScriptStep.Query("SELECT @@sql_mode")),
                        sql("SELECT 1", "SELECT 2", "SELECT 3"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        scripts.put(
                "a command that selects a schema that is not there, on a backend that is reset for it",
                List.of(
                        sql("SELECT 1", looks("SELECT @@collation_database")),
                        sql("SET @a = 1", "SELECT 1", "SET max_join_size=5", "SELECT 3", "SELECT 3"),
                        sql("SELECT 1", "USE no_such_schema", "USE no_such_schema", "USE no_such_schema", "SELECT 2")));
        scripts.put(
                "a reset goes to the server's character set",
                List.of(new Script(
                        RawClient.BASE,
                        8,
                        List.of(
                                new ScriptStep.Query("SELECT @@collation_connection"),
                                Conformance.reset(),
                                new ScriptStep.Query("SELECT @@collation_connection, @@character_set_results")))));
        scripts.put("columns name the collation of results that a login or a statement gave", resultsCollations());
        scripts.put(
                "LOAD DATA leaves an id that its answer does not tell",
                List.of(new Script(
                        RawClient.BASE | Capabilities.LOCAL_FILES,
                        45,
                        List.of(
                                new ScriptStep.Query(
                                        "LOAD DATA LOCAL INFILE 'none' INTO TABLE t FIELDS TERMINATED BY ',' (v, s)"),
                                new ScriptStep.Query("SELECT LAST_INSERT_ID()")))));
        scripts.put(
                "CONNECTION_ID() is the client's",
                List.of(sql(
                        "SELECT CONNECTION_ID() = {id} AS own",
                        "SELECT IF(CONNECTION_ID() <=> {id}, 'own', 0) AS x",
                        "SELECT v FROM t WHERE CONNECTION_ID() = {id} ORDER BY id",
                        "SELECT v, connection_id ( ), CONNECTION_ID() AS c FROM t WHERE 0",
                        "SELECT @@pseudo_thread_id, @@session.pseudo_thread_id = {id} AS own FROM t WHERE 0",
                        "SELECT @@pseudo_thread_id = {id} AS own",
                        "SELECT CONNECTION_ID() = {id} AS own, '" + "long ".repeat(4_000) + "'")));
        scripts.put(
                "a text that names CONNECTION_ID() stays what it is",
                List.of(
                        sql(
                                "SET sql_mode='NO_BACKSLASH_ESCAPES'",
                                "SELECT CONNECTION_ID() = {id} AS own, '\\', 'CONNECTION_ID()', 2"),
                        sql(
                                "CREATE VIEW vown AS SELECT CONNECTION_ID() AS c",
                                "SELECT view_definition FROM information_schema.views"
                                        + " WHERE table_schema = DATABASE() AND table_name = 'vown'",
                                "DROP VIEW vown")));
        scripts.put(
                "a role ends with the session that took it",
                List.of(
                        sql("SELECT CURRENT_ROLE()", "SET ROLE {role}", "SELECT CURRENT_ROLE()"),
                        sql("SELECT CURRENT_ROLE()", "CALL p_role()", "SELECT CURRENT_ROLE()"),
                        sql(looks("SELECT CURRENT_ROLE()"))));
        scripts.put(
                "a client leaves a prepared distributed transaction",
                List.of(sql("XA START '{db}'", "INSERT INTO g (v) VALUES (1)", "XA END '{db}'", "XA PREPARE '{db}'")));
        scripts.put(
                "a function behind a view sees user variables",
                List.of(
                        sql(
                                "SET @seen = 'mine'",
                                "SELECT * FROM vseen",
                                "SELECT * FROM vseen",
                                "SELECT * FROM vseen",
                                "SELECT @seen"),
                        sql("SELECT * FROM vseen", "SELECT * FROM vseen", "SELECT * FROM vseen", "SELECT * FROM vseen"),
                        sql("SET @seen = 'theirs'", "SELECT * FROM vseen", "SELECT * FROM vseen")));
        scripts.putAll(hiddenReaders());
        scripts.putAll(PreparedScripts.all());
        scripts.putAll(LookBackScripts.all());
        scripts.put(
                "a statement that failed has used up SET TRANSACTION",
                List.of(
                        sql(
                                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                                "INSERT INTO t (id, v) VALUES (1, 1)",
                                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                                "INSERT INTO t (id, v) VALUES (1, 2)",
                                "START TRANSACTION WITH CONSISTENT SNAPSHOT",
                                "ROLLBACK",
                                "SET TRANSACTION READ ONLY",
                                "ALTER TABLE no_such_table RENAME nowhere",
                                "BEGIN",
                                "INSERT INTO t (v) VALUES (3)",
                                "ROLLBACK",
                                "SET TRANSACTION READ ONLY",
                                "SELECT * FROM no_such_table",
                                "INSERT INTO t (v) VALUES (4)",
                                "INSERT INTO t (v) VALUES (5)",
                                "COMMIT",
                                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY",
                                "INSERT INTO t (v) VALUES (6)",
                                "DROP TABLE no_such_table",
                                "INSERT INTO t (v) VALUES (7)"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        scripts.put(
                "a savepoint is there before the first statement that the server counts as a transaction",
                List.of(
                        sql(
                                "SET autocommit=0",
                                "SAVEPOINT a",
                                "SELEKT",
                                "SELECT 1",
                                "RELEASE SAVEPOINT a",
                                "SAVEPOINT b",
                                "SELECT 1",
                                "INSERT INTO t (v) VALUES (1)",
                                "ROLLBACK TO SAVEPOINT b",
                                "COMMIT",
                                "ROLLBACK TO SAVEPOINT b",
                                "SELECT v FROM t"),
                        sql("SELECT 1", "SELECT 2", "SELECT 3")));
        scripts.put(
                "a default that takes another variable along",
                List.of(
                        sql("SET max_join_size=5", "SELECT 1", "SELECT 2", "SELECT 3"),
                        sql("SET sql_big_selects=0", looks("SELECT @@sql_big_selects, @@max_join_size"))));
        scripts.put(
                "a result of more than 65,535 columns",
                List.of(sql("SELECT " + "1,".repeat(69_999) + "1", "SELECT 2"), sql("SELECT 3")));
        scripts.put("COMMIT RELEASE ends the connection", List.of(sql("BEGIN", "COMMIT RELEASE", "SELECT 1")));
        return scripts;
    }

    /** Code of the database that looks at the session, and is named by no statement. */
    private static Map<String, List<Script>> hiddenReaders() {
        return Map.of(
                "a view reads a user variable",
                List.of(
                        sql("SET @vp = 5", "SELECT * FROM vvp", "SET @vp = 6", "SELECT * FROM vvp", "SELECT @vp"),
                        sql("SELECT * FROM vvp", "SELECT * FROM vvp", "SELECT @vp", "SELECT * FROM vvp")),
                "a trigger reads the last insert id",
                List.of(
                        sql(
                                "INSERT INTO t (v) VALUES (1)",
                                "INSERT INTO li (n) VALUES (0)",
                                "SELECT * FROM li",
                                "SELECT LAST_INSERT_ID()"),
                        sql("INSERT INTO t (v) VALUES (1)", "SELECT LAST_INSERT_ID()")),
                "a query reads the last insert id that it does not name",
                List.of(sql(
                        "SET sql_auto_is_null=1",
                        "INSERT INTO t (v) VALUES (9)",
                        "SELECT v FROM t WHERE id IS NULL",
                        "SET sql_auto_is_null=0")),
                "the last insert id is set to 0",
                List.of(
                        sql("SELECT LAST_INSERT_ID(7)", "SELECT LAST_INSERT_ID(0)", "SELECT LAST_INSERT_ID()"),
                        sql("SELECT 1", "SELECT 2")),
                "a trigger changes the session and fails",
                List.of(
                        sql("SET @tu = 1", "INSERT INTO tu VALUES (3)", "SELECT @tu, 1/3", "SELECT @tu, 1/3"),
                        sql("SELECT @tu", "SELECT 1/3", "SELECT @tu, 1/3", "SET @x = 1", "SELECT @tu, 1/3")));
    }

    private static List<Script> resultsCollations() {
        String look = "SELECT 'a' AS a, DATABASE()";
        return List.of(
                resultsCollation(
                        46, "SET NAMES utf8mb4 COLLATE utf8mb4_esperanto_ci", look, look, "SET NAMES utf8mb4", look),
                resultsCollation(
                        47,
                        look,
                        "SET NAMES latin1 COLLATE latin1_german1_ci",
                        look,
                        "SET character_set_client=utf8mb4",
                        look,
                        look,
                        "SET CHARACTER SET latin1",
                        look,
                        look),
                resultsCollation(
                        224,
                        "SET character_set_results=NULL",
                        look,
                        look,
                        "SET character_set_results=utf8mb4",
                        look,
                        look,
                        "SET NAMES latin1 COLLATE latin1_bin, character_set_results=utf8mb3",
                        look,
                        look));
    }

    private static Script resultsCollation(int login, String... statements) {
        ScriptStep prepare = new ScriptStep.Prepare(0, "SELECT 'a' AS a");
        List<ScriptStep> steps = new ArrayList<>();
        for (String statement : statements) {
            steps.add(new ScriptStep.Query(statement));
            steps.add(prepare);
            steps.add(Scripts.execute(0, 0));
        }
        steps.add(Conformance.reset());
        steps.add(new ScriptStep.Query("SELECT 'a'"));
        steps.add(new ScriptStep.ChangeUser(login, true));
        steps.add(new ScriptStep.Query("SELECT 'a'"));
        return new Script(RawClient.BASE, login, steps);
    }

    @OnEveryServer
    void answersAsTheServer(TestDatabase database) throws InterruptedException {
        int orders = 2;
        try (Conformance conformance = new Conformance(database, "eager")) {
            scripts().forEach((name, clients) -> {
                for (int turns = 0; turns < orders; turns++) {
                    assertThat(conformance.difference(clients, turns)).as(name).isNull();
                }
            });
        }
    }

    /** Not to be compared: the two answers differ in the id. */
    @OnEveryServer
    void anIdBehindAnErrorTellsThatTheTransactionHasEnded(TestDatabase database) throws Exception {
        RawClient.Login login = new RawClient.Login(
                database.user(),
                database.password(),
                database.schema(),
                RawClient.BASE | Capabilities.DEPRECATE_EOF,
                45);
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", 2).start();
                RawClient client = new RawClient(proxy.address(), login)) {
            for (String asked : List.of("CONNECTION_ID()", "@@pseudo_thread_id")) {
                query(client, "START TRANSACTION");
                query(client, "ALTER TABLE no_such_table RENAME nowhere");
                List<byte[]> answer = query(client, "SELECT " + asked);
                byte[] row = answer.get(answer.size() - 2);
                byte[] end = answer.get(answer.size() - 1);
                assertThat(new String(row, 2, row[1], StandardCharsets.US_ASCII))
                        .isEqualTo(String.valueOf(client.connectionId()));
                // Behind the sequence id, the header, the affected rows and the id.
                assertThat(end[4] & ServerStatus.IN_TRANS).as(asked).isZero();
            }
        }
    }

    private static List<byte[]> query(RawClient client, String sql) throws IOException {
        return client.command(Command.QUERY, sql.getBytes(StandardCharsets.US_ASCII));
    }

    @OnEveryServer
    void refusesNoLookAtTheSameText(TestDatabase database) throws InterruptedException {
        refusesNone(database, "eager", LookBackScripts.withinOneText());
    }

    @OnEveryServer
    void refusesNoLookBehindALimitThatWasTakenBack(TestDatabase database) throws InterruptedException {
        refusesNone(database, "eager", LookBackScripts.limitTakenBack());
    }

    @OnEveryServer
    void refusesNoPreparedLook(TestDatabase database) throws InterruptedException {
        refusesNone(database, "eager", LookBackScripts.prepared());
    }

    /** On the backend of the last statement a preparation, under other settings, may come between. */
    @OnEveryServer
    void aLookThatIsPreparedAgainSeesTheStatementBeforeIt(TestDatabase database) throws InterruptedException {
        refusesNone(database, "session", List.of(LookBackScripts.preparedAgain()));
    }

    private static void refusesNone(TestDatabase database, String handoff, List<Script> scripts)
            throws InterruptedException {
        try (Conformance conformance = new Conformance(database, handoff)) {
            for (int turns = 0; turns < 2; turns++) {
                assertThat(conformance.difference(scripts, turns)).isNull();
            }
            assertThat(conformance.tally().refusals()).as("refusals").isZero();
        }
    }
}
