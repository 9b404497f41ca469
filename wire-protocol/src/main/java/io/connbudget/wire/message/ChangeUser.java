package io.connbudget.wire.message;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * COM_CHANGE_USER, its command byte included. Texts are UTF-8.
 *
 * @param authResponse at most 255 bytes
 * @param database empty for none
 * @param collation 0 to 65535; 0 where a decoded packet has none
 * @param authPlugin null where the packet names none
 * @param attributes at most 64 KB encoded; written only where there are any, and a plugin is named
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_change_user.html">COM_CHANGE_USER</a>
 */
@SuppressWarnings("ArrayRecordComponent")
public record ChangeUser(
        String user,
        byte[] authResponse,
        String database,
        int collation,
        @Nullable String authPlugin,
        Map<String, String> attributes)
        implements Message {
    public ChangeUser {
        if (authResponse.length > 255) {
            throw new IllegalArgumentException(
                    "auth response of " + authResponse.length + " bytes, expected at most 255 bytes");
        }
        attributes = Fields.copy(attributes);
    }

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(Command.CHANGE_USER.code());
        Fields.writeTerminated(out, user);
        out.writeByte(authResponse.length).writeBytes(authResponse);
        Fields.writeTerminated(out, database);
        out.writeShortLE(collation);
        if (authPlugin != null) {
            Fields.writeTerminated(out, authPlugin);
            if (!attributes.isEmpty()) {
                Fields.writeAttributes(out, attributes);
            }
        }
    }

    /**
     * Reads a whole payload. What follows the database may be missing.
     *
     * @param capabilities those negotiated with the client
     * @throws MalformedPacketException if a field does not end inside the payload or the attributes are too large
     */
    public static ChangeUser decode(ByteBuf payload, int capabilities) {
        Fields.requireFirstByte(payload, Command.CHANGE_USER.code(), "COM_CHANGE_USER");
        String user = Fields.readTerminated(payload, "the user");
        byte[] authResponse = Capabilities.has(capabilities, Capabilities.SECURE_CONNECTION)
                ? Fields.readBytes(payload, Fields.readByte(payload, "auth response"), "auth response")
                : Fields.readTerminatedBytes(payload, "the auth response");
        if (authResponse.length > 255) {
            throw new MalformedPacketException(
                    "auth response of " + authResponse.length + " bytes, expected at most 255 bytes");
        }
        String database = Fields.readTerminated(payload, "the database");
        int collation = payload.isReadable() ? Fields.readShort(payload, "collation") : 0;
        String authPlugin = Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH)
                ? Fields.readOptional(payload, "the auth plugin")
                : null;
        Map<String, String> attributes =
                Capabilities.has(capabilities, Capabilities.CONNECT_ATTRS) && payload.isReadable()
                        ? Fields.readAttributes(payload)
                        : Map.of();
        return new ChangeUser(user, authResponse, database, collation, authPlugin, attributes);
    }

    /** Leaves the auth response out: it may be a password. */
    @Override
    public String toString() {
        return "ChangeUser[user=" + user + ", authResponse=" + authResponse.length + " bytes redacted, database="
                + database + ", collation=" + collation + ", authPlugin=" + authPlugin + ", attributes=" + attributes
                + "]";
    }
}
