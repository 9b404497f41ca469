package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.sql.ConnectionIdUses;
import io.connbudget.proxy.session.sql.SqlDialect;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Puts the client's own connection id in the place of CONNECTION_ID() and {@code @@pseudo_thread_id} in a statement, which
 * at a backend would give the backend's. {@link ConnectionIdUses} says where.
 */
final class OwnConnectionId {
    private OwnConnectionId() {}

    /**
     * Rewrites a whole COM_QUERY or COM_STMT_PREPARE packet.
     *
     * @param packet ownership passes to this method
     * @param schema the session's schema; null for none
     * @return what to send in its place; owned by the caller
     */
    static ByteBuf put(
            ByteBufAllocator allocator,
            ByteBuf packet,
            SqlDialect dialect,
            @Nullable String schema,
            long connectionId) {
        int skip = Packets.HEADER_BYTES + 1;
        byte[] sql = new byte[packet.readableBytes() - skip];
        packet.getBytes(packet.readerIndex() + skip, sql);
        List<ConnectionIdUses.Use> uses = ConnectionIdUses.find(sql, dialect, schema);
        int length = sql.length;
        for (ConnectionIdUses.Use use : uses) {
            length += growth(use, value(use, connectionId).length);
        }
        if (uses.isEmpty() || length + skip >= Packets.MAX_PAYLOAD) {
            return packet;
        }
        ByteBuf rewritten = allocator.buffer(skip + length);
        Packets.writeHeader(rewritten, length + 1, 0);
        rewritten.writeByte(packet.getByte(packet.readerIndex() + Packets.HEADER_BYTES));
        packet.release();
        int copied = 0;
        for (ConnectionIdUses.Use use : uses) {
            rewritten.writeBytes(sql, copied, use.from() - copied).writeBytes(value(use, connectionId));
            if (use.column()) {
                // A column is called as it was asked for.
                rewritten.writeByte(' ').writeByte('`');
                rewritten.writeBytes(sql, use.from(), use.to() - use.from()).writeByte('`');
            }
            copied = use.to();
        }
        return rewritten.writeBytes(sql, copied, sql.length - copied);
    }

    /**
     * An expression of the same type, sign and display width on both servers. MariaDB's width of the function is the number of
     * digits; the variable is one that may be NULL.
     */
    private static byte[] value(ConnectionIdUses.Use use, long id) {
        String value = use.variable()
                ? "INET_ATON('" + (id >> 24 & 0xff) + '.' + (id >> 16 & 0xff) + '.' + (id >> 8 & 0xff) + '.'
                        + (id & 0xff) + "')"
                : String.format(Locale.ROOT, "CAST(%010d AS UNSIGNED)", id);
        return value.getBytes(StandardCharsets.US_ASCII);
    }

    /** By how many bytes the text grows with a value of so many bytes in the place of a use. */
    private static int growth(ConnectionIdUses.Use use, int value) {
        int asked = use.to() - use.from();
        return value - asked + (use.column() ? asked + 3 : 0);
    }
}
