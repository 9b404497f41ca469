package io.connbudget.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;

/**
 * Length-encoded integers and strings. Every read is checked against the readable bytes before anything is allocated.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html">Integer Types</a>
 */
public final class LengthEncoded {
    /** In place of a length in a text row: SQL NULL. */
    public static final int NULL = 0xFB;

    private static final int TWO_BYTES = 0xFC;
    private static final int THREE_BYTES = 0xFD;
    private static final int EIGHT_BYTES = 0xFE;

    private LengthEncoded() {}

    /**
     * Reads an integer. Values of 2^63 and more come out negative: the 64 bits are unsigned.
     *
     * @throws MalformedPacketException if too few bytes are left or the first one starts no integer
     */
    public static long readInteger(ByteBuf in) {
        int index = in.readerIndex();
        long value = integerAt(in, index, in.writerIndex());
        in.readerIndex(index + integerSizeAt(in, index));
        return value;
    }

    /** Writes an integer in its shortest form, as servers do; negative values count as unsigned 64 bits. */
    public static void writeInteger(ByteBuf out, long value) {
        switch (integerSize(value)) {
            case 1 -> out.writeByte((int) value);
            case 3 -> out.writeByte(TWO_BYTES).writeShortLE((int) value);
            case 4 -> out.writeByte(THREE_BYTES).writeMediumLE((int) value);
            default -> out.writeByte(EIGHT_BYTES).writeLongLE(value);
        }
    }

    /** Bytes that {@link #writeInteger} takes: 1, 3, 4 or 9. */
    public static int integerSize(long value) {
        if (value < 0) {
            return 9;
        }
        return value < NULL ? 1 : value <= 0xFFFF ? 3 : value <= 0xFFFFFF ? 4 : 9;
    }

    /**
     * The integer at an absolute index; neither index of the buffer moves.
     *
     * @param limit absolute index of the first byte that does not belong to the packet
     * @throws MalformedPacketException if it does not end before {@code limit} or its first byte starts no integer
     */
    public static long integerAt(ByteBuf in, int index, int limit) {
        if (index >= limit) {
            throw new MalformedPacketException("no byte left, expected a length-encoded integer");
        }
        int first = in.getUnsignedByte(index);
        if (first < NULL) {
            return first;
        }
        int size = sizeOf(first);
        if (size > limit - index) {
            throw new MalformedPacketException(
                    (limit - index) + " bytes left, expected a length-encoded integer of " + size + " bytes");
        }
        return switch (size) {
            case 3 -> in.getUnsignedShortLE(index + 1);
            case 4 -> in.getUnsignedMediumLE(index + 1);
            default -> in.getLongLE(index + 1);
        };
    }

    /** Bytes, 1, 3, 4 or 9, of the integer at an absolute index that {@link #integerAt} accepted. */
    public static int integerSizeAt(ByteBuf in, int index) {
        int first = in.getUnsignedByte(index);
        return first < NULL ? 1 : sizeOf(first);
    }

    /**
     * The length in front of a string at an absolute index, checked: length and string end by {@code limit}. The string
     * starts {@link #integerSizeAt} bytes further on.
     *
     * @param limit absolute index of the first byte that does not belong to the packet
     */
    public static int lengthAt(ByteBuf in, int index, int limit) {
        long length = integerAt(in, index, limit);
        int left = limit - index - integerSizeAt(in, index);
        if (length < 0 || length > left) {
            throw new MalformedPacketException(
                    left + " bytes left, expected a string of " + Long.toUnsignedString(length) + " bytes");
        }
        return (int) length;
    }

    /** Reads a string as bytes. */
    public static byte[] readBytes(ByteBuf in) {
        byte[] bytes = new byte[readLength(in)];
        in.readBytes(bytes);
        return bytes;
    }

    /** Reads a string; bytes that are invalid in the charset are replaced, as Java decodes. */
    public static String readString(ByteBuf in, Charset charset) {
        int length = readLength(in);
        String text = in.toString(in.readerIndex(), length, charset);
        in.skipBytes(length);
        return text;
    }

    public static void writeBytes(ByteBuf out, byte[] bytes) {
        writeInteger(out, bytes.length);
        out.writeBytes(bytes);
    }

    public static void writeString(ByteBuf out, String text, Charset charset) {
        writeBytes(out, text.getBytes(charset));
    }

    /** Skips a string. */
    public static void skip(ByteBuf in) {
        in.skipBytes(readLength(in));
    }

    /** Reads the length in front of a string and checks that the string is there; the reader index then is at its start. */
    private static int readLength(ByteBuf in) {
        int index = in.readerIndex();
        int length = lengthAt(in, index, in.writerIndex());
        in.readerIndex(index + integerSizeAt(in, index));
        return length;
    }

    private static int sizeOf(int first) {
        return switch (first) {
            case TWO_BYTES -> 3;
            case THREE_BYTES -> 4;
            case EIGHT_BYTES -> 9;
            default ->
                throw new MalformedPacketException("first byte " + first
                        + ", expected 0 to 250 or 252 to 254 at the start of a length-encoded integer");
        };
    }
}
