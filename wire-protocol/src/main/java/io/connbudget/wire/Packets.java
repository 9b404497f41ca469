package io.connbudget.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The header of every packet: a length of three bytes, little-endian, and a sequence number of one byte.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html">MySQL Packets</a>
 */
public final class Packets {
    public static final int HEADER_BYTES = 4;
    /** Largest payload of one packet in bytes. A packet of this length is continued by the next one, which may be empty. */
    public static final int MAX_PAYLOAD = 0xFFFFFF;

    private static final int SEQUENCE_OFFSET = 3;

    private Packets() {}

    /** Length of the payload in bytes, 0 to {@link #MAX_PAYLOAD}, of the packet whose header starts at {@code index}. */
    public static int length(ByteBuf buffer, int index) {
        return buffer.getUnsignedMediumLE(index);
    }

    /** Sequence number, 0 to 255, of the packet whose header starts at {@code index}. */
    public static int sequence(ByteBuf buffer, int index) {
        return buffer.getUnsignedByte(index + SEQUENCE_OFFSET);
    }

    /** Overwrites the sequence number of the packet whose header starts at {@code index} with the low byte given. */
    public static void setSequence(ByteBuf buffer, int index, int sequence) {
        buffer.setByte(index + SEQUENCE_OFFSET, sequence);
    }

    /** Appends a header. {@code length} is that of the payload in bytes; of {@code sequence} the low byte counts. */
    public static void writeHeader(ByteBuf out, int length, int sequence) {
        if (length < 0 || length > MAX_PAYLOAD) {
            throw new IllegalArgumentException(
                    "payload of " + length + " bytes, expected 0 to " + MAX_PAYLOAD + " bytes in one packet");
        }
        out.writeMediumLE(length);
        out.writeByte(sequence);
    }

    /**
     * A buffer that holds one whole packet. The caller owns it.
     *
     * @throws IllegalArgumentException if the payload is {@link #MAX_PAYLOAD} bytes or more
     */
    public static ByteBuf write(ByteBufAllocator allocator, int sequence, Message message) {
        ByteBuf out = allocator.buffer();
        try {
            append(out, sequence, message);
            return out;
        } catch (RuntimeException | Error e) {
            out.release();
            throw e;
        }
    }

    /**
     * Appends one whole packet to {@code out}, which the caller keeps.
     *
     * @throws IllegalArgumentException if the payload is {@link #MAX_PAYLOAD} bytes or more
     */
    public static void append(ByteBuf out, int sequence, Message message) {
        int header = out.writerIndex();
        out.writeZero(HEADER_BYTES);
        message.encode(out);
        finish(out, header, sequence);
    }

    /**
     * Fills in the header at {@code headerIndex}, for which four bytes were set aside, from the bytes written behind it.
     *
     * @throws IllegalArgumentException if the payload is {@link #MAX_PAYLOAD} bytes or more
     */
    public static void finish(ByteBuf out, int headerIndex, int sequence) {
        int length = out.writerIndex() - headerIndex - HEADER_BYTES;
        if (length >= MAX_PAYLOAD) {
            throw new IllegalArgumentException(
                    "payload of " + length + " bytes, expected less than " + MAX_PAYLOAD + " bytes");
        }
        out.setMediumLE(headerIndex, length);
        setSequence(out, headerIndex, sequence);
    }
}
