package io.connbudget.wire.response;

import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.ServerStatus;
import io.netty.buffer.ByteBuf;

/**
 * The fields of one OK or EOF packet, read in place: no allocation, no reference to the buffer. The indexes it gives are
 * absolute, and hold until the buffer is released or its content moved. One instance is read again and again; it belongs
 * to one thread at a time.
 *
 * <p>Real servers put a length in front of the info with and without SESSION_TRACK, where the documentation has a string
 * to the end of the packet without it; a packet of 7 bytes ends before the info.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html">OK_Packet</a>
 */
public final class OkView {
    /** First byte of an OK packet. */
    public static final int OK = 0x00;
    /** First byte of an EOF packet, and of an OK packet that ends rows. */
    public static final int EOF = 0xFE;
    /** Bytes of an EOF packet: header, warnings, status. An OK packet with the same header has at least 7. */
    public static final int EOF_BYTES = 5;

    private int header;
    private long affectedRows;
    private long lastInsertId;
    private int status;
    private int warnings;
    private int statusIndex;
    private int infoIndex;
    private int infoLength;
    private int stateIndex;
    private int stateLength;

    /**
     * Reads the packet whose payload starts at an absolute index. Bytes behind the last field are ignored.
     *
     * @param sessionTrack whether the server that sent it negotiated SESSION_TRACK
     * @throws MalformedPacketException if the payload is neither an OK nor an EOF packet; what the view then holds is
     *     undefined
     */
    public void read(ByteBuf buffer, int payloadIndex, int payloadLength, boolean sessionTrack) {
        int limit = payloadIndex + payloadLength;
        if (payloadLength < EOF_BYTES || limit > buffer.writerIndex()) {
            throw new MalformedPacketException(
                    "payload of " + payloadLength + " bytes, expected an OK packet of at least 7 bytes or an EOF of 5");
        }
        header = buffer.getUnsignedByte(payloadIndex);
        if (header != OK && header != EOF) {
            throw new MalformedPacketException("first byte " + header + ", expected 0 or 254 in an OK packet");
        }
        infoIndex = limit;
        infoLength = 0;
        stateIndex = limit;
        stateLength = 0;
        if (header == EOF && payloadLength == EOF_BYTES) {
            affectedRows = 0;
            lastInsertId = 0;
            warnings = buffer.getUnsignedShortLE(payloadIndex + 1);
            statusIndex = payloadIndex + 3;
            status = buffer.getUnsignedShortLE(statusIndex);
            return;
        }
        int index = payloadIndex + 1;
        affectedRows = LengthEncoded.integerAt(buffer, index, limit);
        index += LengthEncoded.integerSizeAt(buffer, index);
        lastInsertId = LengthEncoded.integerAt(buffer, index, limit);
        index += LengthEncoded.integerSizeAt(buffer, index);
        if (limit - index < 4) {
            throw new MalformedPacketException(
                    (limit - index) + " bytes left, expected 4 bytes of status and warnings in an OK packet");
        }
        statusIndex = index;
        status = buffer.getUnsignedShortLE(index);
        warnings = buffer.getUnsignedShortLE(index + 2);
        readInfo(buffer, index + 4, limit, sessionTrack);
    }

    private void readInfo(ByteBuf buffer, int index, int limit, boolean sessionTrack) {
        if (index == limit) {
            return;
        }
        if (!sessionTrack && !isOneString(buffer, index, limit)) {
            // The documented form: a string to the end of the packet.
            infoIndex = index;
            infoLength = limit - index;
            return;
        }
        infoLength = LengthEncoded.lengthAt(buffer, index, limit);
        infoIndex = index + LengthEncoded.integerSizeAt(buffer, index);
        int end = infoIndex + infoLength;
        if (sessionTrack && (status & ServerStatus.SESSION_STATE_CHANGED) != 0 && end < limit) {
            stateLength = LengthEncoded.lengthAt(buffer, end, limit);
            stateIndex = end + LengthEncoded.integerSizeAt(buffer, end);
        }
    }

    private static boolean isOneString(ByteBuf buffer, int index, int limit) {
        int first = buffer.getUnsignedByte(index);
        if (first == LengthEncoded.NULL || first == 0xFF) {
            return false;
        }
        int size = LengthEncoded.integerSizeAt(buffer, index);
        return size <= limit - index && LengthEncoded.integerAt(buffer, index, limit) == limit - index - size;
    }

    /** First byte: {@link #OK} or {@link #EOF}. */
    public int header() {
        return header;
    }

    /** Whether this is an EOF packet of five bytes, which has warnings and status and nothing else. */
    public boolean isEof() {
        return header == EOF && statusIndex + 2 == infoIndex;
    }

    /** Unsigned 64 bits; 0 for an EOF packet. */
    public long affectedRows() {
        return affectedRows;
    }

    /** Unsigned 64 bits; 0 for an EOF packet. */
    public long lastInsertId() {
        return lastInsertId;
    }

    /** Bits of {@link ServerStatus}. */
    public int status() {
        return status;
    }

    /** Whether every bit of a {@link ServerStatus} flag is set. */
    public boolean hasStatus(int flag) {
        return (status & flag) == flag;
    }

    /** Number of warnings, 0 to 65535. */
    public int warnings() {
        return warnings;
    }

    /** Absolute index of the two status bytes, little-endian, for an edit in place. */
    public int statusIndex() {
        return statusIndex;
    }

    /** Absolute index of the info's content, behind its length. */
    public int infoIndex() {
        return infoIndex;
    }

    /** Bytes of the info's content; 0 where there is none. */
    public int infoLength() {
        return infoLength;
    }

    /** Absolute index of the session-state block's content, for {@link SessionTrack#visit}. */
    public int stateIndex() {
        return stateIndex;
    }

    /** Bytes of the session-state block's content; 0 where there is none. */
    public int stateLength() {
        return stateLength;
    }
}
