package io.connbudget.wire.message;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;

/**
 * OK, as the proxy itself sends it: without a session-state block. The info has a length in front, and is missing where it
 * is empty, as real servers send it.
 *
 * @param header {@link OkView#OK}, or {@link OkView#EOF} for the end of rows with DEPRECATE_EOF
 * @param affectedRows unsigned 64 bits
 * @param lastInsertId unsigned 64 bits
 * @param warnings 0 to 65535
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html">OK_Packet</a>
 */
@SuppressWarnings("ArrayRecordComponent")
public record OkPacket(int header, long affectedRows, long lastInsertId, int status, int warnings, byte[] info)
        implements Message {
    private static final byte[] NO_INFO = {};

    /** OK that says no more than the status. */
    public static OkPacket of(int status) {
        return new OkPacket(OkView.OK, 0, 0, status, 0, NO_INFO);
    }

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(header);
        LengthEncoded.writeInteger(out, affectedRows);
        LengthEncoded.writeInteger(out, lastInsertId);
        out.writeShortLE(status).writeShortLE(warnings);
        if (info.length > 0) {
            LengthEncoded.writeBytes(out, info);
        }
    }

    /**
     * Reads OK; a session-state block is dropped. To keep it, read with {@link OkView}.
     *
     * @param capabilities those negotiated with the server that sent it; SESSION_TRACK counts
     * @throws MalformedPacketException if it is not OK
     */
    public static OkPacket decode(ByteBuf payload, int capabilities) {
        OkView view = new OkView();
        view.read(
                payload,
                payload.readerIndex(),
                payload.readableBytes(),
                Capabilities.has(capabilities, Capabilities.SESSION_TRACK));
        byte[] info = new byte[view.infoLength()];
        payload.getBytes(view.infoIndex(), info);
        payload.readerIndex(payload.writerIndex());
        return new OkPacket(
                view.header(), view.affectedRows(), view.lastInsertId(), view.status(), view.warnings(), info);
    }
}
