package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.DatabaseServer.Kind;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A session lets its backend go when the last thing that only this backend can hold has ended, and not before. */
final class UnpinningTest {
    /** A statement behind which the session is pinned, or is not. */
    private record Step(String sql, boolean pinned) {}

    private static Step pinned(String sql) {
        return new Step(sql, true);
    }

    private static Step free(String sql) {
        return new Step(sql, false);
    }

    @OnEveryServer
    void temporaryTables(TestDatabase database) throws Exception {
        run(
                database,
                pinned("CREATE TEMPORARY TABLE a (i INT)"),
                pinned("CREATE TEMPORARY TABLE IF NOT EXISTS b AS SELECT 1 AS i"),
                pinned("CREATE TEMPORARY TABLE b (i INT)"),
                pinned("DROP TABLE a, no_such_table"),
                pinned("DROP TEMPORARY TABLE IF EXISTS a"),
                pinned("DROP TABLE IF EXISTS no_such_table"),
                free("DROP TABLE b"),
                free("CREATE TEMPORARY TABLE c AS SELECT * FROM no_such_table"),
                pinned("CREATE TEMPORARY TABLE d (i INT)"),
                pinned("ALTER TABLE d RENAME e"),
                pinned("DROP TABLE e"));
    }

    /** The server says what it was behind the error, and of plain variables that is all. */
    @OnEveryServer
    void whatAFailedStatementHasSetPinsNothing(TestDatabase database) throws Exception {
        run(
                database,
                free("SELECT /*+ SET_VAR(sort_buffer_size=40000) */ * FROM no_such_table"),
                free("SELECT /*+ SET_VAR(sql_mode='ANSI_QUOTES') */ no_such_column FROM information_schema.tables"),
                free("SELECT /*+ set_var( sort_buffer_size = 40000) */ 1"),
                free("SET div_precision_increment=7, time_zone='nowhere'"));
    }

    @OnEveryServer
    void namedLocks(TestDatabase database) throws Exception {
        String lock = "'" + database.schema() + "_x'";
        run(
                database,
                pinned("SELECT GET_LOCK(" + lock + ", 0)"),
                pinned("SELECT GET_LOCK(" + lock + ", 0)"),
                pinned("SELECT RELEASE_LOCK(" + lock + ")"),
                free("SELECT RELEASE_LOCK(" + lock + ")"),
                pinned("DO GET_LOCK(" + lock + ", 0)"),
                free("DO RELEASE_LOCK(" + lock + ")"),
                pinned("SELECT GET_LOCK(CONCAT(" + lock + ", 'y'), 0)"),
                pinned("SELECT RELEASE_LOCK(CONCAT(" + lock + ", 'y'))"),
                free("SELECT RELEASE_ALL_LOCKS()"));
    }

    @OnEveryServer
    void aLockThatAnotherSessionHasPinsNothing(TestDatabase database) throws Exception {
        String lock = "'" + database.schema() + "_z'";
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 4).start();
                RawClient holder = client(database, proxy);
                RawClient client = client(database, proxy)) {
            query(holder, "SELECT GET_LOCK(" + lock + ", 0)");
            query(client, "SELECT GET_LOCK(" + lock + ", 0)");
            client.command(Command.PING, new byte[0]);
            assertThat(proxy.pinnedOutsideTransactions()).isEqualTo(1);
        }
    }

    /** The error does not say that a transaction is open, which keeps the row of the duplicate key locked. */
    @OnEveryServer
    void aTransactionThatBeginsWithAnErrorPins(TestDatabase database) throws Exception {
        String table = database.schema() + ".e";
        database.execute(
                "CREATE TABLE " + table + " (i INT PRIMARY KEY) ENGINE=InnoDB", "INSERT INTO " + table + " VALUES (1)");
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", 3).start();
                RawClient client = client(database, proxy);
                RawClient other = client(database, proxy)) {
            query(client, "SET autocommit=0");
            query(client, "INSERT INTO e VALUES (1)");
            client.command(Command.PING, new byte[0]);
            assertThat(proxy.pinnedSessions()).isEqualTo(1);

            query(client, "ROLLBACK");
            client.command(Command.PING, new byte[0]);
            assertThat(proxy.pinnedSessions()).isZero();

            query(client, "INSERT INTO e VALUES (1)");
            query(client, "SELEKT");
            assertThat(proxy.pinnedSessions()).as("an error tells nothing").isEqualTo(1);
            client.quit();
            query(other, "SET innodb_lock_wait_timeout=1");
            assertThat(other.command(Command.QUERY, "DELETE FROM e".getBytes(StandardCharsets.UTF_8)))
                    .as("OK")
                    .allSatisfy(packet -> assertThat(packet[1]).isZero());
        }
    }

    @OnEveryServer
    void aRefusedStatementBeginsNoTransaction(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 3).start();
                RawClient client = client(database, proxy)) {
            query(client, "SET autocommit=0");
            query(client, "SELEKT 1");
            client.command(Command.PING, new byte[0]);
            assertThat(proxy.pinnedSessions()).isZero();
        }
    }

    @OnEveryServer
    void handlersAndStatements(TestDatabase database) throws Exception {
        database.execute("CREATE TABLE " + database.schema() + ".h (i INT PRIMARY KEY)");
        run(
                database,
                pinned("HANDLER h OPEN"),
                pinned("HANDLER h OPEN AS g"),
                pinned("HANDLER h CLOSE"),
                free("HANDLER g CLOSE"),
                pinned("PREPARE s FROM 'SELECT ?'"),
                pinned("EXECUTE s USING @nothing"),
                pinned("PREPARE S FROM 'DO 1'"),
                free("DEALLOCATE PREPARE s"),
                pinned("PREPARE s FROM 'DO 1'"),
                free("PREPARE s FROM 'SELEKT'"),
                pinned("PREPARE t FROM 'CREATE TEMPORARY TABLE p (i INT)'"),
                pinned("EXECUTE t"),
                pinned("DROP PREPARE t"),
                free("DROP TEMPORARY TABLE p"));
    }

    @OnEveryServer
    void distributedTransactionsAndTableLocks(TestDatabase database) throws Exception {
        database.execute("CREATE TABLE " + database.schema() + ".l (i INT PRIMARY KEY)");
        String xid = "'" + database.schema() + "'";
        run(
                database,
                pinned("XA START " + xid),
                pinned("XA END " + xid),
                free("XA ROLLBACK " + xid),
                pinned("XA BEGIN " + xid),
                pinned("XA END " + xid),
                free("XA COMMIT " + xid + " ONE PHASE"),
                free("XA RECOVER"),
                pinned("LOCK TABLES l WRITE"),
                pinned("CREATE TEMPORARY TABLE m (i INT)"),
                pinned("DROP TEMPORARY TABLE m"),
                free("UNLOCK TABLES"));
    }

    /** MySQL stops announcing the locks behind a statement that commits implicitly, and keeps them. */
    @OnEveryServer
    void tablesStayLockedBehindAnImplicitCommit(TestDatabase database) throws Exception {
        database.execute("CREATE TABLE " + database.schema() + ".k (i INT PRIMARY KEY)");
        run(
                database,
                pinned("CREATE TEMPORARY TABLE m (i INT)"),
                pinned("LOCK TABLES k WRITE"),
                pinned("DROP TEMPORARY TABLE m"),
                free("UNLOCK TABLES"),
                pinned("LOCK TABLES k WRITE"),
                pinned("ALTER TABLE k DISABLE KEYS"),
                free("UNLOCK TABLES"),
                pinned("LOCK TABLES k WRITE"),
                pinned("ANALYZE TABLE k"),
                pinned("START TRANSACTION"),
                free("ROLLBACK"),
                free("SET autocommit=0"),
                pinned("LOCK TABLES k WRITE"),
                pinned("TRUNCATE k"),
                pinned("INSERT INTO k VALUES (1)"),
                pinned("COMMIT"),
                free("UNLOCK TABLES"));
    }

    /** The servers do not call that a transaction. */
    @OnEveryServer
    void aSavepointThatComesFirst(TestDatabase database) throws Exception {
        run(
                database,
                free("SAVEPOINT a"),
                free("SET autocommit=0"),
                pinned("SAVEPOINT a"),
                pinned("SELEKT"),
                free("COMMIT"),
                pinned("SAVEPOINT a"),
                free("ROLLBACK"),
                pinned("SAVEPOINT a"),
                free("SET autocommit=1"));
    }

    /** They stop other sessions, so that generated scripts, which are played side by side, cannot have them. */
    @OnEveryServer
    void locksOfTheWholeServer(TestDatabase database) throws Exception {
        boolean mariaDb = database.server().kind() == Kind.MARIADB;
        String insert = "INSERT INTO w VALUES (1)";
        String alter = "ALTER TABLE w ADD COLUMN j INT";
        database.execute(
                "CREATE TABLE " + database.schema() + ".w (i INT)",
                "GRANT RELOAD" + (mariaDb ? "" : ", BACKUP_ADMIN") + " ON *.* TO '" + database.user() + "'@'%'");
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", 4).start();
                RawClient holder = client(database, proxy);
                RawClient other = client(database, proxy)) {
            query(other, "SET lock_wait_timeout=1");
            stops(proxy, holder, "FLUSH TABLES WITH READ LOCK", other, insert, "UNLOCK TABLES");
            stops(proxy, holder, "FLUSH TABLES w FOR EXPORT", other, insert, "UNLOCK TABLES");
            if (mariaDb) {
                stops(proxy, holder, "BACKUP LOCK w", other, alter, "BACKUP UNLOCK");
            } else {
                stops(proxy, holder, "LOCK INSTANCE FOR BACKUP", other, alter, "UNLOCK INSTANCE");
            }
        }
    }

    /** What stops others waits for the holder, which keeps its backend for as long. */
    private static void stops(
            InProcessProxy proxy, RawClient holder, String lock, RawClient other, String stopped, String unlock)
            throws IOException {
        query(holder, lock);
        query(holder, "DO 1");
        holder.command(Command.PING, new byte[0]);
        assertThat(proxy.pinnedSessions()).as(lock).isEqualTo(1);
        assertThat(firstByte(other, stopped)).as("%s, in %s", stopped, lock).isEqualTo((byte) 0xff);
        query(holder, unlock);
        holder.command(Command.PING, new byte[0]);
        assertThat(proxy.pinnedSessions()).as(unlock).isZero();
        assertThat(firstByte(other, stopped))
                .as("%s, behind %s", stopped, unlock)
                .isZero();
    }

    private static byte firstByte(RawClient client, String sql) throws IOException {
        return client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8))
                .get(0)[1];
    }

    @OnEveryServer
    void userVariablesPinOnlyWhereTheirValueCannotBeGivenOn(TestDatabase database) throws Exception {
        run(
                database,
                free("SET @a = 1, @b = 'b', @c = 1.50, @d = 1e3, @e = NULL, @f = x'00ff'"),
                free("SELECT @a := @a + 1"),
                free("SELECT 5, 'ü' INTO @a, @b"),
                pinned("SET @a = REPEAT('x', 100000)"));
        run(database, pinned("SET @über = 1"));
        run(database, pinned("SET @a = CONVERT('x' USING utf16)"));
    }

    @OnEveryServer
    void variablesThatCannotBeReplayedPinOnlyAwayFromTheirDefault(TestDatabase database) throws Exception {
        run(
                database,
                free("SET profiling=0"),
                free("SET sql_auto_is_null=0"),
                pinned("SET sql_auto_is_null=1"),
                free("SET sql_auto_is_null=0"),
                free("SET autocommit=0"),
                free("SET autocommit=1"),
                pinned("SET profiling=1"),
                pinned("SET profiling=0"));
    }

    /** COM_RESET_CONNECTION keeps it, on both servers; so no other session may get its backend. */
    @OnEveryServer
    void aRoleStaysWithItsSession(TestDatabase database) throws Exception {
        String role = "r_" + database.schema();
        database.execute("CREATE ROLE " + role, "GRANT " + role + " TO '" + database.user() + "'@'%'");
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 2).start()) {
            try (RawClient client = client(database, proxy)) {
                query(client, "SET ROLE " + role);
                assertThat(row(client, "SELECT CURRENT_ROLE()")).contains(role);
                client.command(Command.RESET_CONNECTION, new byte[0]);
                assertThat(row(client, "SELECT CURRENT_ROLE()")).contains(role);
                assertThat(row(client, "SELECT @@autocommit")).contains("1");
                client.quit();
            }
            try (RawClient other = client(database, proxy)) {
                assertThat(row(other, "SELECT CURRENT_ROLE()")).doesNotContain(role);
            }
        } finally {
            database.execute("DROP ROLE " + role);
        }
    }

    /** The server counts a backend as idle that a pinned session only pings. */
    @OnEveryServer
    void aPingReachesTheBackendThatASessionKeeps(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 2).start();
                RawClient client = client(database, proxy)) {
            query(client, "BEGIN");
            long before = pings(client);
            client.command(Command.PING, new byte[0]);
            assertThat(pings(client)).isEqualTo(before + 1);
        }
    }

    /** Each of its statements fails then, as on a direct connection those do that name a table alone; but it can leave. */
    @OnEveryServer
    void aSessionLeavesASchemaThatIsGone(TestDatabase database) throws Exception {
        String gone = database.schema() + "_gone";
        database.execute("CREATE DATABASE " + gone, "GRANT ALL ON " + gone + ".* TO '" + database.user() + "'@'%'");
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", 3).start();
                RawClient client = client(database, proxy);
                RawClient other = client(database, proxy)) {
            query(client, "USE " + gone);
            database.execute("DROP DATABASE " + gone);
            query(other, "SELECT 1");
            query(client, "USE no_such_schema");
            query(client, "USE " + database.schema());
            query(other, "SELECT 1");
            assertThat(row(client, "SELECT DATABASE()")).contains(database.schema());
        }
    }

    private static long pings(RawClient client) throws IOException {
        String row = row(client, "SHOW SESSION STATUS LIKE 'Com_admin_commands'");
        return Long.parseLong(row.substring(row.lastIndexOf('\0') + 1).replaceAll("\\D", ""));
    }

    /** The first row of a result of one column or more, as it was sent. */
    private static String row(RawClient client, String sql) throws IOException {
        List<byte[]> answer = client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8));
        return new String(answer.get(answer.size() - 2), StandardCharsets.ISO_8859_1);
    }

    private static void run(TestDatabase database, Step... steps) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 3).start();
                RawClient client = client(database, proxy)) {
            for (Step step : steps) {
                query(client, step.sql());
                // Answered behind the statement, so what it did to the session is folded in by then.
                query(client, "DO 1");
                client.command(Command.PING, new byte[0]);
                assertThat(proxy.pinnedSessions()).as(step.sql()).isEqualTo(step.pinned() ? 1 : 0);
            }
        }
    }

    private static void query(RawClient client, String sql) throws IOException {
        client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8));
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
}
