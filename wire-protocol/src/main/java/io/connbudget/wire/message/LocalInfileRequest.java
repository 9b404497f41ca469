package io.connbudget.wire.message;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.netty.buffer.ByteBuf;

/**
 * The server's request for a file of the client's machine.
 *
 * @param fileName in the client's charset
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_local_infile_request.html">LOCAL
 *     INFILE Request</a>
 */
@SuppressWarnings("ArrayRecordComponent")
public record LocalInfileRequest(byte[] fileName) implements Message {
    public static final int HEADER = 0xFB;

    @Override
    public void encode(ByteBuf out) {
        out.writeByte(HEADER).writeBytes(fileName);
    }

    /**
     * Reads the payload.
     *
     * @throws MalformedPacketException if the first byte is not {@link #HEADER}
     */
    public static LocalInfileRequest decode(ByteBuf payload) {
        Fields.requireFirstByte(payload, HEADER, "a LOCAL INFILE request");
        return new LocalInfileRequest(Fields.readRest(payload));
    }
}
