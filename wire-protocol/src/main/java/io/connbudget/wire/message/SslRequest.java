package io.connbudget.wire.message;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;

/**
 * The client's wish for TLS: the first {@link #BYTES} bytes of a login, alone.
 *
 * @param maxPacketBytes 32 bits, unsigned
 * @param collation id of the client's collation; its low byte is sent
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html">SSLRequest</a>
 */
public record SslRequest(int capabilities, int maxPacketBytes, int collation) implements Message {
    /** Length of the payload: a longer one is a login. */
    public static final int BYTES = 32;

    private static final int FILLER_BYTES = 23;

    @Override
    public void encode(ByteBuf out) {
        out.writeIntLE(capabilities);
        out.writeIntLE(maxPacketBytes);
        out.writeByte(collation);
        out.writeZero(FILLER_BYTES);
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if fewer than {@link #BYTES} bytes are readable
     */
    public static SslRequest decode(ByteBuf payload) {
        int capabilities = Fields.readInt(payload, "capabilities");
        int maxPacketBytes = Fields.readInt(payload, "packet size");
        int collation = Fields.readByte(payload, "collation");
        Fields.skip(payload, FILLER_BYTES, "filler");
        return new SslRequest(capabilities, maxPacketBytes, collation);
    }
}
