package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.session.sql.Encoding;
import io.connbudget.proxy.session.sql.SqlDialect;
import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OwnConnectionIdTest {
    private static final SqlDialect MYSQL = new SqlDialect(false, 90704, false, false, false, Encoding.ASCII_SAFE);
    private static final SqlDialect NO_BACKSLASH =
            new SqlDialect(false, 90704, false, true, false, Encoding.ASCII_SAFE);
    private static final SqlDialect GBK = new SqlDialect(false, 90704, false, false, false, Encoding.GBK);

    /** 7 stands for the value that is put in the function's place, 8 for the one in the variable's. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "DO CONNECTION_ID()                       | DO 7",
                "SELECT CONNECTION_ID() = 5               | SELECT 7 = 5",
                "SELECT IF(connection_id ( ) > 1, 2, 3)   | SELECT IF(7 > 1, 2, 3)",
                "SELECT CONNECTION_ID(/* ) */) + 1        | SELECT 7 + 1",
                "SELECT `connection_id`() + 1             | SELECT 7 + 1",
                "SELECT 1 + /*!50000 CONNECTION_ID() */   | SELECT 1 + /*!50000 7 */",
                "SELECT @@pseudo_thread_id + 1            | SELECT 8 + 1",
                "SELECT 1 + @@session . pseudo_thread_id  | SELECT 1 + 8",
                "SELECT 1 + @@local.`PSEUDO_THREAD_ID`    | SELECT 1 + 8",
                "SELECT 1 FROM t WHERE c=CONNECTION_ID()  | SELECT 1 FROM t WHERE c=7",
                "INSERT INTO t VALUES (CONNECTION_ID(),1) | INSERT INTO t VALUES (7,1)",
                "INSERT INTO t VALUES ('from', CONNECTION_ID()) | INSERT INTO t VALUES ('from', 7)",
                "SET @a = CONNECTION_ID(), @b = 1         | SET @a = 7, @b = 1",
                "SET @@pseudo_thread_id = CONNECTION_ID() | SET @@pseudo_thread_id = 7",
                "SET STATEMENT a=1 FOR SELECT CONNECTION_ID() = 5 | SET STATEMENT a=1 FOR SELECT 7 = 5",
                "SET STATEMENT a=1 FOR SELECT @@pseudo_thread_id = 5 | SET STATEMENT a=1 FOR SELECT 8 = 5",
                "SELECT 1; DO CONNECTION_ID()             | SELECT 1; DO 7",
            })
    void putsTheClientsIdInItsPlace(String sql, String sent) {
        assertThat(put(sql, MYSQL, null))
                .isEqualTo(sent.replace("7", "CAST(0000000007 AS UNSIGNED)").replace("8", "INET_ATON('0.0.0.7')"));
    }

    /** 7 stands for the value that is put in the function's place, 8 for the one in the variable's. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SELECT 1, connection_id ( )            | SELECT 1, 7 `connection_id ( )`",
                "SELECT CONNECTION_ID(), 1 FROM t       | SELECT 7 `CONNECTION_ID()`, 1 FROM t",
                "SELECT @@session.pseudo_thread_id;     | SELECT 8 `@@session.pseudo_thread_id`;",
                "SELECT CONNECTION_ID() AS a, 1         | SELECT 7 AS a, 1",
                "SELECT CONNECTION_ID() a               | SELECT 7 a",
                "SELECT CONNECTION_ID() INTO @a         | SELECT 7 INTO @a",
                "SELECT (SELECT CONNECTION_ID())        | SELECT (SELECT 7)",
                "SELECT IF(1, CONNECTION_ID(), 2)       | SELECT IF(1, 7, 2)",
                "SELECT 1 FROM t ORDER BY 1, CONNECTION_ID() | SELECT 1 FROM t ORDER BY 1, 7",
            })
    void namesAColumnAsItWasAskedFor(String sql, String sent) {
        assertThat(put(sql, MYSQL, null))
                .isEqualTo(sent.replace("7", "CAST(0000000007 AS UNSIGNED)").replace("8", "INET_ATON('0.0.0.7')"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'CONNECTION_ID()', \"@@pseudo_thread_id\" /* CONNECTION_ID() */ -- CONNECTION_ID()",
                "SELECT `CONNECTION_ID()` FROM t",
                "SELECT d.CONNECTION_ID()",
                "SELECT CONNECTION_ID, @CONNECTION_ID, @@global.pseudo_thread_id",
                "SELECT 1 # CONNECTION_ID()",
                "SET @@pseudo_thread_id = 5",
                "SELECT CONNECTION_ID(), 'open",
            })
    void leavesWhatDoesNotAskForIt(String sql) {
        assertThat(put(sql, MYSQL, null)).isEqualTo(sql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE VIEW v AS SELECT CONNECTION_ID() AS c",
                "CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `table`@`%` VIEW v AS SELECT CONNECTION_ID() AS c",
                "ALTER VIEW v AS SELECT CONNECTION_ID() AS c",
                "CREATE TABLE t (c BIGINT DEFAULT (CONNECTION_ID()))",
                "ALTER TABLE t ADD c BIGINT DEFAULT (CONNECTION_ID())",
                "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.c = CONNECTION_ID()",
                "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT CONNECTION_ID(); END",
                "CREATE DEFINER = CURRENT_USER EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO t VALUES (CONNECTION_ID())",
            })
    void leavesADefinitionToThoseWhoRunIt(String sql) {
        assertThat(put(sql, MYSQL, null)).isEqualTo(sql);
    }

    @Test
    void goesOnBehindADefinition() {
        assertThat(put(
                        "CREATE TEMPORARY TABLE t (c INT DEFAULT (CONNECTION_ID())) SELECT CONNECTION_ID() AS c",
                        MYSQL,
                        null))
                .isEqualTo("CREATE TEMPORARY TABLE t (c INT DEFAULT (CONNECTION_ID())) SELECT "
                        + "CAST(0000000007 AS UNSIGNED) AS c");
        for (String definition : new String[] {
            "ALTER TABLE t ADD c BIGINT DEFAULT (CONNECTION_ID())",
            "CREATE VIEW v AS SELECT CONNECTION_ID() AS c",
            "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT CONNECTION_ID(); END"
        }) {
            assertThat(put(definition + "; DO CONNECTION_ID()", MYSQL, null))
                    .isEqualTo(definition + "; DO CAST(0000000007 AS UNSIGNED)");
        }
        assertThat(put("SHOW CREATE TABLE t; DO CONNECTION_ID()", MYSQL, null))
                .endsWith("; DO CAST(0000000007 AS UNSIGNED)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT * FROM information_schema.processlist WHERE id = CONNECTION_ID()",
                "SELECT CONNECTION_ID() FROM `SYS` . session",
                "SELECT IS_USED_LOCK('a') = CONNECTION_ID()",
                "SELECT PS_THREAD_ID(CONNECTION_ID())",
                "SELECT 1 FROM t WHERE processlist_id = CONNECTION_ID()",
            })
    void leavesWhatIsComparedWithTheServersConnections(String sql) {
        assertThat(put(sql, MYSQL, null)).isEqualTo(sql);
        assertThat(put("DO CONNECTION_ID(); " + sql, MYSQL, null)).isEqualTo("DO CAST(0000000007 AS UNSIGNED); " + sql);
    }

    @Test
    void knowsAServersSchemaThatTheSessionHas() {
        String sql = "SELECT 1 + CONNECTION_ID() FROM threads";
        assertThat(put(sql, MYSQL, "performance_schema")).isEqualTo(sql);
        assertThat(put(sql, MYSQL, "shop")).isEqualTo("SELECT 1 + CAST(0000000007 AS UNSIGNED) FROM threads");
        assertThat(put("DO CONNECTION_ID()", MYSQL, "mysql")).isEqualTo("DO CAST(0000000007 AS UNSIGNED)");
    }

    @Test
    void readsQuotesAsTheServerDoes() {
        String sql = "SELECT CONNECTION_ID() AS a, '\\', 'CONNECTION_ID()', 2";
        assertThat(put(sql, NO_BACKSLASH, null))
                .isEqualTo("SELECT CAST(0000000007 AS UNSIGNED) AS a, '\\', 'CONNECTION_ID()', 2");
        // The second byte of a character is the code of a backslash.
        String bytes = "SELECT '\u0081\\', CONNECTION_ID() AS a, 'CONNECTION_ID()'";
        assertThat(put(bytes, GBK, null))
                .isEqualTo("SELECT '\u0081\\', CAST(0000000007 AS UNSIGNED) AS a, 'CONNECTION_ID()'");
    }

    @Test
    void readsLongTexts() {
        String text = "'" + "x".repeat(1 << 20) + "'";
        assertThat(put("SELECT " + text + ", CONNECTION_ID() AS a", MYSQL, null))
                .isEqualTo("SELECT " + text + ", CAST(0000000007 AS UNSIGNED) AS a");
    }

    private static String put(String sql, SqlDialect dialect, @Nullable String schema) {
        byte[] text = sql.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuf packet = UnpooledByteBufAllocator.DEFAULT.heapBuffer(text.length + 5);
        Packets.writeHeader(packet, text.length + 1, 0);
        packet.writeByte(Command.QUERY.code()).writeBytes(text);
        ByteBuf sent = OwnConnectionId.put(UnpooledByteBufAllocator.DEFAULT, packet, dialect, schema, 7);
        try {
            assertThat(Packets.length(sent, 0)).isEqualTo(sent.readableBytes() - Packets.HEADER_BYTES);
            assertThat(sent.getByte(Packets.HEADER_BYTES)).isEqualTo((byte) Command.QUERY.code());
            int skip = Packets.HEADER_BYTES + 1;
            return sent.toString(skip, sent.readableBytes() - skip, StandardCharsets.ISO_8859_1);
        } finally {
            sent.release();
        }
    }
}
