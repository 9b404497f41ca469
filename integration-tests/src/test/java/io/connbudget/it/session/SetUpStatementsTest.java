package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.DatabaseServer.Kind;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What frameworks and drivers say when they have connected keeps no backend: {@code connbudget_sessions_pinned}. */
final class SetUpStatementsTest {
    private static final List<String> PYMYSQL =
            List.of("SET NAMES utf8mb4", "SET AUTOCOMMIT = 0", "SET AUTOCOMMIT = 1");

    private static final List<String> DJANGO = List.of(
            "SET SQL_AUTO_IS_NULL = 0",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "SELECT VERSION(), @@sql_mode, @@default_storage_engine, @@sql_auto_is_null, @@lower_case_table_names,"
                    + " CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL",
            "SET foreign_key_checks=0",
            "SET foreign_key_checks=1");

    private static final List<String> SQLALCHEMY = List.of(
            "SELECT DATABASE()",
            "SELECT @@sql_mode",
            "SELECT @@lower_case_table_names",
            "SELECT VERSION()",
            "SELECT CAST('test plain returns' AS CHAR(60)) AS anon_1",
            "SHOW VARIABLES LIKE 'sql_mode'",
            "ROLLBACK");

    private static List<String> connectorJ(boolean mariaDb) {
        String isolation = mariaDb ? "tx_isolation" : "transaction_isolation";
        String readOnly = mariaDb ? "tx_read_only" : "transaction_read_only";
        return List.of(
                "/* mysql-connector-j-9.7.0 */SELECT @@session.auto_increment_increment AS auto_increment_increment,"
                        + " @@character_set_client AS character_set_client, @@collation_server AS collation_server,"
                        + " @@init_connect AS init_connect, @@max_allowed_packet AS max_allowed_packet,"
                        + " @@sql_mode AS sql_mode, @@time_zone AS time_zone, @@" + isolation + " AS isolation,"
                        + " @@wait_timeout AS wait_timeout",
                "SET character_set_results = NULL",
                "SET autocommit=1",
                "SET sql_mode='STRICT_TRANS_TABLES'",
                "SELECT @@session." + readOnly,
                "SET SESSION TRANSACTION READ ONLY",
                "SET SESSION TRANSACTION READ WRITE");
    }

    @OnEveryServer
    void setUpKeepsNoBackend(TestDatabase database) throws Exception {
        List<String> statements = new ArrayList<>(PYMYSQL);
        statements.addAll(DJANGO);
        statements.addAll(SQLALCHEMY);
        statements.addAll(connectorJ(database.server().kind() == Kind.MARIADB));
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 3).start();
                RawClient client = client(database, proxy)) {
            for (String statement : statements) {
                assertThat(run(client, statement)).as(statement).isNotEqualTo(0xff);
                // Answered behind the statement, so what it did to the session is folded in by then.
                client.command(Command.PING, new byte[0]);
                assertThat(proxy.pinnedOutsideTransactions()).as(statement).isZero();
            }
            run(client, "SELECT GET_LOCK('held', 0)");
            client.command(Command.PING, new byte[0]);
            assertThat(proxy.pinnedOutsideTransactions()).as("a lock does").isEqualTo(1);
        }
    }

    private static RawClient client(TestDatabase database, InProcessProxy proxy) throws IOException {
        return new RawClient(
                proxy.address(),
                new RawClient.Login(
                        database.user(),
                        database.password(),
                        database.schema(),
                        RawClient.BASE | Capabilities.DEPRECATE_EOF,
                        45));
    }

    /** The first byte of the first packet's payload. */
    private static int run(RawClient client, String sql) throws IOException {
        return client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8))
                        .get(0)[1]
                & 0xff;
    }
}
