package io.connbudget.wire.message;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The server's request to authenticate by another plugin, with the nonce for it.
 *
 * @param nonce without the zero byte that ends it on the wire
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html">AuthSwitchRequest</a>
 */
@SuppressWarnings("ArrayRecordComponent")
public record AuthSwitchRequest(String plugin, byte[] nonce) implements Message {
    public static final int HEADER = 0xFE;

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(HEADER);
        Fields.writeTerminated(out, plugin);
        out.writeBytes(nonce).writeByte(0);
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if it is none, or the one of protocol 4.0, which has a header alone
     */
    public static AuthSwitchRequest decode(ByteBuf payload) {
        Fields.requireFirstByte(payload, HEADER, "an auth switch request");
        String plugin = Fields.readTerminated(payload, "the auth plugin");
        byte[] data = Fields.readRest(payload);
        boolean terminated = data.length > 0 && data[data.length - 1] == 0;
        return new AuthSwitchRequest(plugin, terminated ? Arrays.copyOf(data, data.length - 1) : data);
    }
}
