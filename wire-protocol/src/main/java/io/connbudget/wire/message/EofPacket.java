package io.connbudget.wire.message;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;

/**
 * EOF, the end of definitions or rows without DEPRECATE_EOF.
 *
 * @param warnings 0 to 65535
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html">EOF_Packet</a>
 */
public record EofPacket(int warnings, int status) implements Message {
    public static final int HEADER = 0xFE;

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(HEADER).writeShortLE(warnings).writeShortLE(status);
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if it is none of five bytes
     */
    public static EofPacket decode(ByteBuf payload) {
        Fields.requireFirstByte(payload, HEADER, "EOF");
        int warnings = Fields.readShort(payload, "warnings");
        return new EofPacket(warnings, Fields.readShort(payload, "status"));
    }
}
