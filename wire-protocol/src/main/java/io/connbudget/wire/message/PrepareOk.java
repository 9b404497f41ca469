package io.connbudget.wire.message;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;

/**
 * First packet of the answer to COM_STMT_PREPARE.
 *
 * @param statementId 32 bits
 * @param columns 0 to 65535
 * @param parameters 0 to 65535
 * @param warnings 0 to 65535
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html#sect_protocol_com_stmt_prepare_response_ok">COM_STMT_PREPARE_OK</a>
 */
public record PrepareOk(int statementId, int columns, int parameters, int warnings) implements Message {
    public static final int HEADER = 0x00;
    /** Offset of the statement id, four bytes little-endian, in the payload. */
    public static final int STATEMENT_ID_OFFSET = 1;

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(HEADER).writeIntLE(statementId);
        out.writeShortLE(columns).writeShortLE(parameters);
        out.writeByte(0).writeShortLE(warnings);
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if the first byte is not {@link #HEADER} or a field is missing
     */
    public static PrepareOk decode(ByteBuf payload) {
        Fields.requireFirstByte(payload, HEADER, "prepare OK");
        int statementId = Fields.readInt(payload, "statement id");
        int columns = Fields.readShort(payload, "column count");
        int parameters = Fields.readShort(payload, "parameter count");
        Fields.skip(payload, 1, "filler");
        return new PrepareOk(statementId, columns, parameters, Fields.readShort(payload, "warnings"));
    }
}
