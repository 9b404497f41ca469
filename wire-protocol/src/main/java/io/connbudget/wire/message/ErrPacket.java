package io.connbudget.wire.message;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;

/**
 * ERR.
 *
 * @param code 1 to 65535
 * @param sqlState five ASCII characters; empty in an ERR in place of a greeting, which has none on the wire
 * @param message UTF-8 on the wire
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html">ERR_Packet</a>
 */
public record ErrPacket(int code, String sqlState, String message) implements Message {
    public static final int HEADER = 0xFF;

    private static final int STATE_BYTES = 5;

    public ErrPacket {
        if (!sqlState.isEmpty() && sqlState.length() != STATE_BYTES) {
            throw new IllegalArgumentException(
                    "SQLSTATE of " + sqlState.length() + " characters, expected " + STATE_BYTES + " or none");
        }
    }

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(HEADER).writeShortLE(code);
        if (!sqlState.isEmpty()) {
            out.writeByte('#').writeBytes(sqlState.getBytes(US_ASCII));
        }
        out.writeBytes(message.getBytes(UTF_8));
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if the first byte is not {@link #HEADER} or the code is missing
     */
    public static ErrPacket decode(ByteBuf payload) {
        Fields.requireFirstByte(payload, HEADER, "ERR");
        int code = Fields.readShort(payload, "the error code");
        String sqlState = "";
        if (payload.readableBytes() > STATE_BYTES && payload.getByte(payload.readerIndex()) == '#') {
            payload.skipBytes(1);
            sqlState = new String(Fields.readBytes(payload, STATE_BYTES, "SQLSTATE"), US_ASCII);
        }
        return new ErrPacket(code, sqlState, new String(Fields.readRest(payload), UTF_8));
    }
}
