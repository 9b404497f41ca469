package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.cli.demo.incident.ConnectionSampler;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Connector/J through the proxy, on a budget of 16 backends: text protocol, and statements prepared at the server. */
final class ConnectorJTest {
    private static final int BUDGET = 16;
    private static final String TEXT = "";
    private static final String PREPARED = "useServerPrepStmts=true&cachePrepStmts=true";
    private static final String CURSOR = "useServerPrepStmts=true&useCursorFetch=true&defaultFetchSize=10";
    private static final String MULTI = "allowMultiQueries=true&rewriteBatchedStatements=true&useAffectedRows=true";

    @OnEveryServer
    void everyModeDoesTheWorkOfAnApplication(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET, PinLog.with(new ProxyProcess.Settings()))) {
            PinLog log = new PinLog(proxy);
            for (String properties : List.of(TEXT, PREPARED, CURSOR, MULTI)) {
                work(database, proxy.target(), properties);
                // Neither what the driver says when it connects nor statements prepared at the server keep a backend.
                List<PinLog.Pin> pins = log.take();
                Set<String> expected =
                        properties.equals(CURSOR) && !ProxyProcess.control() ? Set.of("CURSOR") : Set.of();
                assertThat(PinLog.reasons(pins))
                        .as("reasons of the pins %s with %s", pins, properties)
                        .isEqualTo(expected);
            }
        }
    }

    /** What Connector/J counts are the rows found, and backends count those changed. */
    @OnEveryServer
    void aRowCountInTheSameTextIsRightOrCutOff(TestDatabase database) throws Exception {
        String countAfter = "; SELECT ROW_COUNT()";
        try (ProxyProcess proxy = ProxyProcess.start(database, BUDGET);
                Connection connection = proxy.target().connect("allowMultiQueries=true");
                Statement sql = connection.createStatement()) {
            sql.execute("CREATE TABLE counted (v INT)");
            sql.execute("INSERT INTO counted VALUES (1), (2)");
            sql.execute("UPDATE counted SET v = v + 5" + countAfter);
            assertThat(sql.getMoreResults()).isTrue();
            try (ResultSet row = sql.getResultSet()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getLong(1)).isEqualTo(2);
            }
            assertThatThrownBy(() -> {
                        sql.execute("UPDATE counted SET v = 6" + countAfter);
                        sql.getMoreResults();
                    })
                    .isInstanceOf(SQLException.class);
        }
    }

    @OnEveryServer
    void manyThreadsShareFewBackendsAndLoseNothing(TestDatabase database) throws Exception {
        int threads = 64;
        int transactions = 25;
        DatabaseServer server = database.server();
        try (ConnectionSampler sampler = ConnectionSampler.start(
                        server.jdbcUrl(""), server.adminUser(), server.adminPassword(), database.user());
                ProxyProcess proxy = ProxyProcess.start(database, BUDGET)) {
            try (Connection connection = proxy.target().connect();
                    Statement sql = connection.createStatement()) {
                sql.execute("CREATE TABLE counters (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB");
                sql.execute(
                        "INSERT INTO counters VALUES (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0)");
            }
            ExecutorService workers = Executors.newFixedThreadPool(threads);
            try {
                List<Future<?>> results = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    int worker = i;
                    results.add(workers.submit(() -> {
                        count(proxy.target(), worker, transactions);
                        return null;
                    }));
                }
                for (Future<?> result : results) {
                    result.get();
                }
            } finally {
                workers.shutdownNow();
            }
            try (Connection connection = proxy.target().connect();
                    Statement sql = connection.createStatement();
                    ResultSet sum = sql.executeQuery("SELECT SUM(n) FROM counters")) {
                sum.next();
                assertThat(sum.getInt(1)).isEqualTo(threads * transactions);
            }
            if (!ProxyProcess.control()) {
                assertThat(sampler.peakOfAccount())
                        .as("connections that the server counted")
                        .isBetween(1, BUDGET);
            }
        }
    }

    private static void count(Target target, int worker, int transactions) throws SQLException {
        try (Connection connection = target.connect(worker % 2 == 0 ? TEXT : PREPARED);
                Statement state = connection.createStatement();
                PreparedStatement update = connection.prepareStatement("UPDATE counters SET n = n + 1 WHERE id = ?");
                PreparedStatement read = connection.prepareStatement("SELECT @worker, ?")) {
            state.execute("SET @worker = " + worker);
            connection.setAutoCommit(false);
            for (int i = 0; i < transactions; i++) {
                update.setInt(1, worker % 8);
                assertThat(update.executeUpdate()).isEqualTo(1);
                read.setInt(1, i);
                try (ResultSet row = read.executeQuery()) {
                    row.next();
                    assertThat(row.getInt(1))
                            .as("user variable of this session")
                            .isEqualTo(worker);
                    assertThat(row.getInt(2)).isEqualTo(i);
                }
                connection.commit();
            }
        }
    }

    private static void work(TestDatabase database, Target target, String properties) throws SQLException {
        byte[] blob = new byte[3 << 20];
        Arrays.fill(blob, (byte) 0xA7);
        try (Connection connection = target.connect(properties);
                Statement sql = connection.createStatement()) {
            sql.execute("DROP TABLE IF EXISTS jdbc_rows");
            sql.execute(
                    "CREATE TABLE jdbc_rows (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) UNIQUE, note TEXT,"
                            + " data LONGBLOB) ENGINE=InnoDB CHARACTER SET utf8mb4");
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO jdbc_rows (name, note, data) VALUES (?, ?, ?)", Statement.RETURN_GENERATED_KEYS)) {
                insert.setString(1, "kůň 🐎");
                insert.setNull(2, Types.VARCHAR);
                insert.setBytes(3, blob);
                assertThat(insert.executeUpdate()).isEqualTo(1);
                try (ResultSet keys = insert.getGeneratedKeys()) {
                    assertThat(keys.next()).isTrue();
                    assertThat(keys.getInt(1)).isEqualTo(1);
                }
                assertThatThrownBy(insert::executeUpdate)
                        .isInstanceOfSatisfying(
                                SQLIntegrityConstraintViolationException.class,
                                e -> assertThat(e.getErrorCode()).isEqualTo(1062));
            }
            try (PreparedStatement select =
                            connection.prepareStatement("SELECT name, note, data FROM jdbc_rows WHERE id = ?");
                    ResultSet row = row(select)) {
                assertThat(row.getString(1)).isEqualTo("kůň 🐎");
                assertThat(row.getString(2)).isNull();
                assertThat(row.getBytes(3)).isEqualTo(blob);
                assertThat(row.next()).isFalse();
            }
            transactions(database, connection, sql);
            batch(connection);
            if (properties.equals(MULTI)) {
                assertThat(sql.execute("SELECT 1; UPDATE jdbc_rows SET note = 'm' WHERE id = 1; SELECT 2"))
                        .isTrue();
                assertThat(sql.getMoreResults()).isFalse();
                assertThat(sql.getUpdateCount()).isEqualTo(1);
                assertThat(sql.getMoreResults()).isTrue();
            }
            assertThat(connection.isValid(5)).isTrue();
        }
    }

    private static ResultSet row(PreparedStatement select) throws SQLException {
        select.setInt(1, 1);
        ResultSet row = select.executeQuery();
        assertThat(row.next()).isTrue();
        return row;
    }

    private static void transactions(TestDatabase database, Connection connection, Statement sql) throws SQLException {
        boolean mysql = database.server().kind() == DatabaseServer.Kind.MYSQL;
        String isolation = mysql ? "@@transaction_isolation" : "@@tx_isolation";
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        connection.setAutoCommit(false);
        sql.executeUpdate("INSERT INTO jdbc_rows (name) VALUES ('kept')");
        Savepoint savepoint = connection.setSavepoint();
        sql.executeUpdate("INSERT INTO jdbc_rows (name) VALUES ('gone')");
        connection.rollback(savepoint);
        connection.commit();
        sql.executeUpdate("INSERT INTO jdbc_rows (name) VALUES ('gone too')");
        connection.rollback();
        try (ResultSet count = sql.executeQuery("SELECT COUNT(*), " + isolation + " FROM jdbc_rows")) {
            count.next();
            assertThat(count.getInt(1)).isEqualTo(2);
            assertThat(count.getString(2)).isEqualTo("SERIALIZABLE");
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static void batch(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO jdbc_rows (name) VALUES (?)")) {
            for (int i = 0; i < 200; i++) {
                insert.setString(1, "batch " + i);
                insert.addBatch();
            }
            assertThat(insert.executeBatch()).hasSize(200);
            insert.setString(1, "batch 7");
            insert.addBatch();
            assertThatThrownBy(insert::executeBatch).isInstanceOf(BatchUpdateException.class);
        }
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id FROM jdbc_rows WHERE name LIKE ? ORDER BY id")) {
            select.setString(1, "batch%");
            try (ResultSet rows = select.executeQuery()) {
                int count = 0;
                while (rows.next()) {
                    count++;
                }
                assertThat(count).isEqualTo(200);
            }
        }
    }
}
