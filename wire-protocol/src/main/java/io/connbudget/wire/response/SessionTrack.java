package io.connbudget.wire.response;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.netty.buffer.ByteBuf;

/**
 * Reads the session-state block of an OK packet: entries of a type byte, a length and as many bytes of data.
 *
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html#sect_protocol_basic_ok_packet_sessinfo">Session
 *     State Information</a>
 */
public final class SessionTrack {
    private static final int SYSTEM_VARIABLES = 0;
    private static final int SCHEMA = 1;
    private static final int STATE_CHANGE = 2;
    private static final int GTIDS = 3;
    private static final int TRANSACTION_CHARACTERISTICS = 4;
    private static final int TRANSACTION_STATE = 5;

    private SessionTrack() {}

    /**
     * Tells the visitor each entry of a block whose content is at an absolute index (see {@link OkView#stateIndex()}).
     * Types that are not known are skipped. Neither index of the buffer moves.
     *
     * @throws MalformedPacketException if an entry does not end inside the block
     */
    public static void visit(ByteBuf buffer, int index, int length, SessionTrackVisitor visitor) {
        int limit = index + length;
        int next = index;
        while (next < limit) {
            int type = buffer.getUnsignedByte(next);
            int dataLength = LengthEncoded.lengthAt(buffer, next + 1, limit);
            int data = next + 1 + LengthEncoded.integerSizeAt(buffer, next + 1);
            visitEntry(buffer, type, data, data + dataLength, visitor);
            next = data + dataLength;
        }
    }

    private static void visitEntry(ByteBuf buffer, int type, int index, int limit, SessionTrackVisitor visitor) {
        switch (type) {
            case SYSTEM_VARIABLES -> visitVariables(buffer, index, limit, visitor);
            case SCHEMA -> visitor.schema(stringAt(buffer, index, limit));
            // "1" without a length of its own, unlike its siblings: seen on both servers. Its last byte serves either
            // way.
            case STATE_CHANGE -> visitor.stateChanged(limit > index && buffer.getByte(limit - 1) == '1');
            // One byte in front says how the set is encoded; the only value there is says: as text.
            case GTIDS -> visitor.gtids(stringAt(buffer, index + 1, limit));
            case TRANSACTION_CHARACTERISTICS -> visitor.transactionCharacteristics(stringAt(buffer, index, limit));
            case TRANSACTION_STATE -> visitor.transactionState(stringAt(buffer, index, limit));
            default -> {
                // A type that a later server introduces: its length was enough to step over it.
            }
        }
    }

    /** MySQL sends one name and value an entry, MariaDB any number of them. */
    private static void visitVariables(ByteBuf buffer, int index, int limit, SessionTrackVisitor visitor) {
        int next = index;
        while (next < limit) {
            String name = stringAt(buffer, next, limit);
            next = endOfString(buffer, next, limit);
            String value = stringAt(buffer, next, limit);
            next = endOfString(buffer, next, limit);
            visitor.systemVariable(name, value);
        }
    }

    private static String stringAt(ByteBuf buffer, int index, int limit) {
        int length = LengthEncoded.lengthAt(buffer, index, limit);
        return buffer.toString(index + LengthEncoded.integerSizeAt(buffer, index), length, UTF_8);
    }

    private static int endOfString(ByteBuf buffer, int index, int limit) {
        return index + LengthEncoded.integerSizeAt(buffer, index) + LengthEncoded.lengthAt(buffer, index, limit);
    }
}
