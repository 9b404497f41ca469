package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.UnreadState;
import io.connbudget.proxy.session.UserVariableText;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.Packets;
import io.connbudget.wire.message.ColumnDefinition;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads user variables by two statements: one without rows, whose metadata tells types, and one with the values as text. */
final class VariableReading {
    /** A longer value, in bytes, stays where it is. */
    private static final int MOST_BYTES = 8 * 1024;

    /** Columns for each variable. */
    private static final int VALUES = 3;

    private static final String TOO_LONG = "-";
    private static final int UNSIGNED = 0x20;

    /** MySQL's type, and MariaDB's length, of a variable that was never assigned. */
    private static final int MYSQL_NEVER = 253;

    private static final long MARIADB_NEVER = 16_777_216;

    private record Type(int code, boolean unsigned, boolean never) {}

    private final List<String> names;
    private final List<Type> types = new ArrayList<>();

    VariableReading(Set<String> names) {
        this.names = List.copyOf(names);
    }

    String typesQuery() {
        StringBuilder sql = new StringBuilder("SELECT ");
        for (String name : names) {
            sql.append(UserVariableText.quoted(name)).append(',');
        }
        sql.setLength(sql.length() - 1);
        return sql.append(" LIMIT 0").toString();
    }

    String valuesQuery() {
        StringBuilder sql = new StringBuilder("SELECT ");
        for (String name : names) {
            String variable = UserVariableText.quoted(name);
            sql.append("IF(LENGTH(").append(variable).append(")>").append(MOST_BYTES);
            sql.append(",'").append(TOO_LONG).append("',HEX(CAST(").append(variable);
            sql.append(" AS BINARY))),COLLATION(").append(variable);
            sql.append("),COLLATION(CONCAT(").append(variable).append(")),");
        }
        sql.setLength(sql.length() - 1);
        return sql.append(" LIMIT 1").toString();
    }

    void types(ByteBuf packets, UnreadState unread) {
        int at = next(packets, packets.readerIndex());
        for (int i = 0; i < names.size(); i++) {
            ColumnDefinition column = ColumnDefinition.decode(payload(packets, at));
            boolean never = column.type() == MYSQL_NEVER
                    || (column.collation() == ColumnDefinition.BINARY && column.columnLength() == MARIADB_NEVER);
            types.add(new Type(column.type(), (column.flags() & UNSIGNED) != 0, never));
            at = next(packets, at);
        }
    }

    void values(ByteBuf packets, Charset charset, UnreadState unread) {
        int at = packets.readerIndex();
        for (int i = 0; i <= VALUES * names.size(); i++) {
            at = next(packets, at);
        }
        ByteBuf row = payload(packets, at);
        for (int i = 0; i < names.size(); i++) {
            String hex = text(row, charset);
            String collation = text(row, charset);
            String textCollation = text(row, charset);
            Type type = types.get(i);
            if (type.never()) {
                // A statement that named it had no row to give it.
                continue;
            }
            String expression = null;
            if (!TOO_LONG.equals(hex) && collation != null && textCollation != null) {
                byte[] value = hex == null ? null : HexFormat.of().parseHex(hex);
                expression = UserVariableText.expression(type.code(), type.unsigned(), value, collation, textCollation);
            }
            unread.variableRead(names.get(i), expression);
        }
        unread.variablesRead(System.nanoTime());
    }

    private static @Nullable String text(ByteBuf row, Charset charset) {
        if (row.getUnsignedByte(row.readerIndex()) == LengthEncoded.NULL) {
            row.skipBytes(1);
            return null;
        }
        return LengthEncoded.readString(row, charset);
    }

    private static int next(ByteBuf packets, int at) {
        return at + Packets.HEADER_BYTES + Packets.length(packets, at);
    }

    private static ByteBuf payload(ByteBuf packets, int at) {
        return packets.slice(at + Packets.HEADER_BYTES, Packets.length(packets, at));
    }
}
