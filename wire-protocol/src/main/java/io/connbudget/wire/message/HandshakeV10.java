package io.connbudget.wire.message;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;
import java.util.random.RandomGenerator;

/**
 * The server's greeting. The ten filler bytes are written as zero, as MySQL does; in them MariaDB announces capabilities
 * of its own, which {@link #decode} ignores.
 *
 * @param connectionId 32 bits, unsigned
 * @param nonce {@link #NONCE_BYTES} bytes
 * @param collation id of the server's default collation; its low byte is sent
 * @param authPlugin empty where the server names none
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html">HandshakeV10</a>
 */
@SuppressWarnings("ArrayRecordComponent")
public record HandshakeV10(
        String serverVersion,
        long connectionId,
        byte[] nonce,
        int capabilities,
        int collation,
        int status,
        String authPlugin)
        implements Message {
    public static final int PROTOCOL_VERSION = 10;
    public static final int NONCE_BYTES = 20;

    private static final int NONCE_FIRST_PART_BYTES = 8;
    private static final int FILLER_BYTES = 10;

    public HandshakeV10 {
        if (nonce.length != NONCE_BYTES) {
            throw new IllegalArgumentException("nonce of " + nonce.length + " bytes, expected " + NONCE_BYTES);
        }
    }

    /**
     * A nonce for one login. Its bytes are 1 to 127 without {@code '$'}: clients read it as a string that a zero byte ends,
     * and {@code '$'} separates the parts of a stored password.
     *
     * @param random one that nobody can predict, a {@link java.security.SecureRandom}
     */
    public static byte[] newNonce(RandomGenerator random) {
        byte[] nonce = new byte[NONCE_BYTES];
        for (int i = 0; i < nonce.length; i++) {
            int value = random.nextInt(1, 127);
            nonce[i] = (byte) (value < '$' ? value : value + 1);
        }
        return nonce;
    }

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(PROTOCOL_VERSION);
        Fields.writeTerminated(out, serverVersion);
        out.writeIntLE((int) connectionId);
        out.writeBytes(nonce, 0, NONCE_FIRST_PART_BYTES).writeByte(0);
        out.writeShortLE(capabilities);
        out.writeByte(collation);
        out.writeShortLE(status);
        out.writeShortLE(capabilities >>> 16);
        // The nonce and the zero byte behind it.
        out.writeByte(Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH) ? NONCE_BYTES + 1 : 0);
        out.writeZero(FILLER_BYTES);
        out.writeBytes(nonce, NONCE_FIRST_PART_BYTES, NONCE_BYTES - NONCE_FIRST_PART_BYTES)
                .writeByte(0);
        if (Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH)) {
            Fields.writeTerminated(out, authPlugin);
        }
    }

    /**
     * Reads the payload of a greeting.
     *
     * @throws MalformedPacketException if it is none of protocol version 10 with PROTOCOL_41 and a nonce of 20 bytes; an
     *     ERR in place of a greeting starts with 255
     */
    public static HandshakeV10 decode(ByteBuf payload) {
        Fields.requireFirstByte(payload, PROTOCOL_VERSION, "a greeting");
        String serverVersion = Fields.readTerminated(payload, "the server version");
        long connectionId = Fields.readInt(payload, "connection id") & 0xFFFF_FFFFL;
        byte[] nonce = new byte[NONCE_BYTES];
        Fields.require(payload, NONCE_FIRST_PART_BYTES + 1, "nonce");
        payload.readBytes(nonce, 0, NONCE_FIRST_PART_BYTES).skipBytes(1);
        int capabilities = Fields.readShort(payload, "capabilities");
        int collation = Fields.readByte(payload, "collation");
        int status = Fields.readShort(payload, "status");
        capabilities |= Fields.readShort(payload, "capabilities") << 16;
        Fields.skip(payload, 1 + FILLER_BYTES, "filler");
        int secondPart = NONCE_BYTES - NONCE_FIRST_PART_BYTES;
        Fields.require(payload, secondPart + 1, "nonce");
        payload.readBytes(nonce, NONCE_FIRST_PART_BYTES, secondPart).skipBytes(1);
        String plugin = Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH)
                ? Fields.readOptional(payload, "the auth plugin")
                : null;
        return new HandshakeV10(
                serverVersion, connectionId, nonce, capabilities, collation, status, plugin == null ? "" : plugin);
    }
}
