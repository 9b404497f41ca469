package io.connbudget.wire.message;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The client's login. Which of the optional fields are written follows from the capabilities alone. Texts are UTF-8.
 *
 * @param maxPacketBytes 32 bits, unsigned
 * @param collation id of the client's collation; its low byte is sent
 * @param database null where the login names none
 * @param authPlugin the plugin that made the auth response; null where the login names none
 * @param attributes in the order sent, at most 64 KB encoded
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html">HandshakeResponse41</a>
 */
@SuppressWarnings("ArrayRecordComponent")
public record HandshakeResponse41(
        int capabilities,
        int maxPacketBytes,
        int collation,
        String user,
        byte[] authResponse,
        @Nullable String database,
        @Nullable String authPlugin,
        Map<String, String> attributes)
        implements Message {
    public HandshakeResponse41 {
        attributes = Fields.copy(attributes);
    }

    @Override
    public void encode(ByteBuf out) {
        new SslRequest(capabilities, maxPacketBytes, collation).encode(out);
        Fields.writeTerminated(out, user);
        if (Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH_LENENC_DATA)) {
            LengthEncoded.writeBytes(out, authResponse);
        } else if (Capabilities.has(capabilities, Capabilities.SECURE_CONNECTION)) {
            if (authResponse.length > 255) {
                throw new IllegalArgumentException("auth response of " + authResponse.length
                        + " bytes, expected at most 255 bytes without PLUGIN_AUTH_LENENC_DATA");
            }
            out.writeByte(authResponse.length).writeBytes(authResponse);
        } else {
            out.writeBytes(authResponse).writeByte(0);
        }
        if (Capabilities.has(capabilities, Capabilities.CONNECT_WITH_DB)) {
            Fields.writeTerminated(out, database == null ? "" : database);
        }
        if (Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH)) {
            Fields.writeTerminated(out, authPlugin == null ? "" : authPlugin);
        }
        if (Capabilities.has(capabilities, Capabilities.CONNECT_ATTRS)) {
            Fields.writeAttributes(out, attributes);
        }
    }

    /**
     * Reads the payload of a login. Optional fields may be missing at the end, whatever the capabilities announce, as the
     * servers have it; an empty database or plugin counts as none.
     *
     * @throws MalformedPacketException if a field does not end inside the payload, the attributes are too large, or
     *     PROTOCOL_41 is not set
     */
    public static HandshakeResponse41 decode(ByteBuf payload) {
        SslRequest head = SslRequest.decode(payload);
        int capabilities = head.capabilities();
        if (!Capabilities.has(capabilities, Capabilities.PROTOCOL_41)) {
            throw new MalformedPacketException("capabilities without PROTOCOL_41, expected it in a login");
        }
        String user = Fields.readTerminated(payload, "the user");
        byte[] authResponse = readAuthResponse(payload, capabilities);
        String database = Capabilities.has(capabilities, Capabilities.CONNECT_WITH_DB)
                ? emptyToNull(Fields.readOptional(payload, "the database"))
                : null;
        String authPlugin = Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH)
                ? emptyToNull(Fields.readOptional(payload, "the auth plugin"))
                : null;
        Map<String, String> attributes =
                Capabilities.has(capabilities, Capabilities.CONNECT_ATTRS) && payload.isReadable()
                        ? Fields.readAttributes(payload)
                        : Map.of();
        return new HandshakeResponse41(
                capabilities,
                head.maxPacketBytes(),
                head.collation(),
                user,
                authResponse,
                database,
                authPlugin,
                attributes);
    }

    private static byte[] readAuthResponse(ByteBuf payload, int capabilities) {
        if (Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH_LENENC_DATA)) {
            return LengthEncoded.readBytes(payload);
        }
        if (Capabilities.has(capabilities, Capabilities.SECURE_CONNECTION)) {
            return Fields.readBytes(payload, Fields.readByte(payload, "auth response"), "auth response");
        }
        return Fields.readTerminatedBytes(payload, "the auth response");
    }

    private static @Nullable String emptyToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    /** Leaves the auth response out: it may be a password. */
    @Override
    public String toString() {
        return "HandshakeResponse41[capabilities=" + Capabilities.describe(capabilities) + ", maxPacketBytes="
                + Integer.toUnsignedString(maxPacketBytes) + ", collation=" + collation + ", user=" + user
                + ", authResponse=" + authResponse.length + " bytes redacted, database=" + database + ", authPlugin="
                + authPlugin + ", attributes=" + attributes + "]";
    }
}
