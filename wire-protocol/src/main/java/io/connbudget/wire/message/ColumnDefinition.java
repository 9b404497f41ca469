package io.connbudget.wire.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;

/**
 * Definition of a column, a parameter or a field.
 *
 * @param collation 0 to 65535
 * @param columnLength longest value in bytes, 32 bits unsigned
 * @param type one byte
 * @param flags two bytes
 * @param decimals one byte
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html">Column
 *     Definition</a>
 */
public record ColumnDefinition(
        String schema,
        String table,
        String originalTable,
        String name,
        String originalName,
        int collation,
        long columnLength,
        int type,
        int flags,
        int decimals)
        implements Message {
    public static final int TYPE_DOUBLE = 5;
    public static final int TYPE_LONGLONG = 8;
    public static final int TYPE_VAR_STRING = 253;
    /** Exists with this id on MySQL and on MariaDB. */
    public static final int UTF8MB4_GENERAL_CI = 45;

    public static final int BINARY = 63;

    private static final int FLAG_NOT_NULL = 1;
    private static final int FLAG_BINARY = 128;
    private static final int DECIMALS_NOT_FIXED = 31;
    private static final int FIXED_FIELDS_BYTES = 12;

    /** A column of text that belongs to no table; values up to 1024 characters. */
    public static ColumnDefinition text(String name) {
        return new ColumnDefinition(
                "", "", "", name, "", UTF8MB4_GENERAL_CI, 4096, TYPE_VAR_STRING, 0, DECIMALS_NOT_FIXED);
    }

    /** A column of integers that belongs to no table. */
    public static ColumnDefinition integer(String name) {
        return new ColumnDefinition("", "", "", name, "", BINARY, 21, TYPE_LONGLONG, FLAG_NOT_NULL | FLAG_BINARY, 0);
    }

    /** A column of numbers with fractions that belongs to no table. */
    public static ColumnDefinition fractional(String name) {
        return new ColumnDefinition(
                "", "", "", name, "", BINARY, 22, TYPE_DOUBLE, FLAG_NOT_NULL | FLAG_BINARY, DECIMALS_NOT_FIXED);
    }

    @Override
    public void encode(ByteBuf out) {
        LengthEncoded.writeString(out, "def", UTF_8);
        LengthEncoded.writeString(out, schema, UTF_8);
        LengthEncoded.writeString(out, table, UTF_8);
        LengthEncoded.writeString(out, originalTable, UTF_8);
        LengthEncoded.writeString(out, name, UTF_8);
        LengthEncoded.writeString(out, originalName, UTF_8);
        out.writeByte(FIXED_FIELDS_BYTES).writeShortLE(collation).writeIntLE((int) columnLength);
        out.writeByte(type).writeShortLE(flags).writeByte(decimals).writeZero(2);
    }

    /**
     * Reads a definition. What follows the fixed fields, the default value in answer to COM_FIELD_LIST, is left unread.
     *
     * @throws MalformedPacketException if a field does not end inside the payload
     */
    public static ColumnDefinition decode(ByteBuf payload) {
        LengthEncoded.skip(payload);
        String schema = LengthEncoded.readString(payload, UTF_8);
        String table = LengthEncoded.readString(payload, UTF_8);
        String originalTable = LengthEncoded.readString(payload, UTF_8);
        String name = LengthEncoded.readString(payload, UTF_8);
        String originalName = LengthEncoded.readString(payload, UTF_8);
        Fields.requireFirstByte(payload, FIXED_FIELDS_BYTES, "a column definition");
        Fields.require(payload, FIXED_FIELDS_BYTES, "fixed fields");
        int collation = payload.readUnsignedShortLE();
        long columnLength = payload.readUnsignedIntLE();
        int type = payload.readUnsignedByte();
        int flags = payload.readUnsignedShortLE();
        int decimals = payload.readUnsignedByte();
        payload.skipBytes(2);
        return new ColumnDefinition(
                schema, table, originalTable, name, originalName, collation, columnLength, type, flags, decimals);
    }
}
