package io.connbudget.wire.message;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;

/**
 * A step of an authentication plugin, from the server.
 *
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_more_data.html">AuthMoreData</a>
 */
@SuppressWarnings("ArrayRecordComponent")
public record AuthMoreData(byte[] data) implements Message {
    public static final int HEADER = 0x01;

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(HEADER).writeBytes(data);
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if the first byte is not {@link #HEADER}
     */
    public static AuthMoreData decode(ByteBuf payload) {
        Fields.requireFirstByte(payload, HEADER, "auth data");
        return new AuthMoreData(Fields.readRest(payload));
    }

    /** Leaves the data out: it belongs to an authentication. */
    @Override
    public String toString() {
        return "AuthMoreData[" + data.length + " bytes redacted]";
    }
}
