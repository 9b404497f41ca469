package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Gigabytes through a proxy with a heap of 256 MiB and little direct memory. */
@Tag("big")
final class BigDataTest {
    /** Two for clients, and the one that the proxy keeps for KILL. */
    private static final int BUDGET = 3;

    private static final int MIB = 1 << 20;
    /** Heap, direct memory, and what a JVM with Netty and its code takes besides. */
    private static final long MAX_RESIDENT_BYTES = (256L + 64 + 160) * MIB;
    /** What the proxy, the sockets on both sides and the driver may hold of a result that nobody reads. */
    private static final long MAX_IN_FLIGHT_BYTES = 64L * MIB;

    private static final int ROW_BYTES = MIB;
    private static final int SIDE = 64;
    /** Two packets. */
    private static final int LONG_DATA_BYTES = 20 * MIB;
    /** Server-side statements, each stream in one command. */
    private static final String ONE_CHUNK =
            "useServerPrepStmts=true&emulateUnsupportedPstmts=false&maxAllowedPacket=134217728&blobSendChunkSize=67108864";

    @OnEveryServer
    void twoGigabytesOfResultPassInBoundedMemory(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database);
                Connection client = proxy.target().connect();
                Statement sql = streaming(client)) {
            long bytes = 0;
            try (ResultSet rows = sql.executeQuery(rows(32))) {
                while (rows.next()) {
                    bytes += rows.getBytes(1).length;
                }
            }
            assertThat(bytes).isEqualTo(32L * SIDE * ROW_BYTES).isEqualTo(2L << 30);
            assertBounded(proxy);
        }
    }

    @OnEveryServer
    @ResourceLock("max_allowed_packet")
    void sixtyFourMegabytesOfInsertPassInBoundedMemory(TestDatabase database) throws Exception {
        byte[] data = new byte[64_000_000];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) ('a' + i % 23);
        }
        withLargePackets(database, () -> {
            try (ProxyProcess proxy = start(database)) {
                for (String properties : new String[] {"", "useServerPrepStmts=true"}) {
                    insert(proxy.target(), properties, data, false);
                }
                insert(proxy.target(), "useServerPrepStmts=true", data, true);
                assertBounded(proxy);
            }
        });
    }

    @OnEveryServer
    @ResourceLock("max_allowed_packet")
    void longDataOfSeveralPacketsPassesInBoundedMemory(TestDatabase database) throws Exception {
        byte[] data = new byte[LONG_DATA_BYTES];
        new Random(1).nextBytes(data);
        withLargePackets(database, () -> {
            try (ProxyProcess proxy = start(database);
                    Connection client = proxy.target().connect(ONE_CHUNK);
                    PreparedStatement sql = client.prepareStatement("SELECT LENGTH(?), SHA2(?, 256)")) {
                for (int i = 0; i < 3; i++) {
                    sql.setBinaryStream(1, new ByteArrayInputStream(data), data.length);
                    sql.setBinaryStream(2, new ByteArrayInputStream(data), data.length);
                    try (ResultSet row = sql.executeQuery()) {
                        assertThat(row.next()).isTrue();
                        assertThat(row.getLong(1)).isEqualTo(data.length);
                        assertThat(row.getString(2))
                                .isEqualTo(HexFormat.of()
                                        .formatHex(MessageDigest.getInstance("SHA-256")
                                                .digest(data)));
                    }
                }
                assertBounded(proxy);
            }
        });
    }

    @OnEveryServer
    @ResourceLock("max_allowed_packet")
    void textOfSeveralPacketsIsNotPreparedAndCostsNoConnection(TestDatabase database) throws Exception {
        Assumptions.assumeFalse(ProxyProcess.control(), "servers prepare it");
        String text = "SELECT 1 /*" + "x".repeat(LONG_DATA_BYTES) + "*/";
        // Connector/J itself refuses what is longer than the server takes.
        withLargePackets(database, () -> {
            try (ProxyProcess proxy = start(database);
                    Connection client = proxy.target().connect(ONE_CHUNK)) {
                assertThatThrownBy(() -> client.prepareStatement(text).close())
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getErrorCode()).isEqualTo(1235));
                try (Statement sql = client.createStatement();
                        ResultSet row = sql.executeQuery("SELECT 2")) {
                    assertThat(row.next()).isTrue();
                }
                assertBounded(proxy);
            }
        });
    }

    @OnEveryServer
    void aResultThatItsClientDoesNotReadIsHeldBackAtTheServer(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database);
                Connection lazy = proxy.target().connect();
                Connection other = proxy.target().connect();
                Statement sql = streaming(lazy)) {
            try (ResultSet rows = sql.executeQuery(rows(16))) {
                assertThat(rows.next()).isTrue();
                long bytes = rows.getBytes(1).length;
                if (!ProxyProcess.control()) {
                    assertThat(awaitStandstill(proxy)).isLessThan(MAX_IN_FLIGHT_BYTES);
                }
                try (Statement quick = other.createStatement();
                        ResultSet row = quick.executeQuery("SELECT 1")) {
                    assertThat(row.next())
                            .as("another client is served meanwhile")
                            .isTrue();
                }
                while (rows.next()) {
                    bytes += rows.getBytes(1).length;
                }
                assertThat(bytes).isEqualTo(16L * SIDE * ROW_BYTES).isEqualTo(1L << 30);
            }
            assertBounded(proxy);
        }
    }

    private static ProxyProcess start(TestDatabase database) throws Exception {
        return ProxyProcess.start(
                database,
                BUDGET,
                new ProxyProcess.Settings()
                        .jvm("-Xmx256m", "-XX:MaxDirectMemorySize=64m", "-Dio.netty.leakDetection.level=simple"));
    }

    private static Statement streaming(Connection client) throws SQLException {
        Statement sql = client.createStatement();
        // Connector/J's word for one row at a time.
        sql.setFetchSize(Integer.MIN_VALUE);
        return sql;
    }

    /** A query for {@code factor} x {@link #SIDE} rows of {@link #ROW_BYTES}. */
    private static String rows(int factor) {
        return "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < " + factor
                + "), b(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM b WHERE n < " + SIDE
                + ") SELECT REPEAT('x', " + ROW_BYTES + ") FROM a, b";
    }

    private static void insert(Target target, String properties, byte[] data, boolean longData) throws SQLException {
        try (Connection client = target.connect(properties);
                Statement sql = client.createStatement()) {
            sql.execute("CREATE TABLE big (id INT PRIMARY KEY, data LONGBLOB) ENGINE=InnoDB");
            try (PreparedStatement insert = client.prepareStatement("INSERT INTO big VALUES (1, ?)")) {
                if (longData) {
                    insert.setBinaryStream(1, new ByteArrayInputStream(data), data.length);
                } else {
                    insert.setBytes(1, data);
                }
                assertThat(insert.executeUpdate()).isEqualTo(1);
            }
            try (ResultSet row = sql.executeQuery("SELECT data FROM big")) {
                assertThat(row.next()).isTrue();
                assertThat(Arrays.equals(row.getBytes(1), data))
                        .as("what was inserted comes back")
                        .isTrue();
            }
            sql.execute("DROP TABLE big");
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void withLargePackets(TestDatabase database, Task task) throws Exception {
        long before = maxAllowedPacket(database);
        try {
            database.execute("SET GLOBAL max_allowed_packet = " + Math.max(before, 128L * MIB));
            task.run();
        } finally {
            database.execute("SET GLOBAL max_allowed_packet = " + before);
        }
    }

    private static long maxAllowedPacket(TestDatabase database) throws SQLException {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement();
                ResultSet row = sql.executeQuery("SELECT @@global.max_allowed_packet")) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Bytes that went from backend to client when no more go; fails if they never stop. */
    private static long awaitStandstill(ProxyProcess proxy) throws Exception {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        double last = -1;
        while (System.nanoTime() - deadlineNanos < 0) {
            double now = proxy.metric("connbudget_backend_to_client_bytes_total");
            if (now > 0 && now == last) {
                return (long) now;
            }
            last = now;
            // Standing still has no event; two equal readings half a second apart are taken for it.
            Thread.sleep(500);
        }
        throw new AssertionError("the proxy goes on reading a result that its client does not read");
    }

    private static void assertBounded(ProxyProcess proxy) throws Exception {
        if (ProxyProcess.control()) {
            return;
        }
        ProxyProcess.Memory memory = proxy.memory();
        System.out.println("big: peak resident " + memory.peakResidentBytes() / MIB + " MiB");
        assertThat(memory.peakResidentBytes())
                .as("peak resident bytes of the proxy")
                .isLessThan(MAX_RESIDENT_BYTES);
    }
}
