package io.connbudget.wire.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.MalformedPacketException;
import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checked reads and writes of the fields that several messages share. */
final class Fields {
    /** Connection attributes, names, values and their lengths together: the servers' own limit. */
    static final int MAX_ATTRIBUTES_BYTES = 64 * 1024;

    private Fields() {}

    static void require(ByteBuf in, int bytes, String what) {
        if (in.readableBytes() < bytes) {
            throw new MalformedPacketException(
                    in.readableBytes() + " bytes left, expected " + bytes + " bytes of " + what);
        }
    }

    static void requireFirstByte(ByteBuf in, int expected, String what) {
        require(in, 1, what);
        int first = in.readUnsignedByte();
        if (first != expected) {
            throw new MalformedPacketException("first byte " + first + ", expected " + expected + " in " + what);
        }
    }

    static int readByte(ByteBuf in, String what) {
        require(in, 1, what);
        return in.readUnsignedByte();
    }

    static int readShort(ByteBuf in, String what) {
        require(in, 2, what);
        return in.readUnsignedShortLE();
    }

    static int readInt(ByteBuf in, String what) {
        require(in, 4, what);
        return in.readIntLE();
    }

    static byte[] readBytes(ByteBuf in, int length, String what) {
        require(in, length, what);
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    static byte[] readRest(ByteBuf in) {
        return readBytes(in, in.readableBytes(), "the rest");
    }

    static void skip(ByteBuf in, int length, String what) {
        require(in, length, what);
        in.skipBytes(length);
    }

    /** Reads a string that ends with a zero byte, which has to be there. */
    static byte[] readTerminatedBytes(ByteBuf in, String what) {
        int length = in.bytesBefore((byte) 0);
        if (length < 0) {
            throw new MalformedPacketException(
                    "no zero byte in the " + in.readableBytes() + " bytes left, expected one behind " + what);
        }
        byte[] bytes = readBytes(in, length, what);
        in.skipBytes(1);
        return bytes;
    }

    static String readTerminated(ByteBuf in, String what) {
        return new String(readTerminatedBytes(in, what), UTF_8);
    }

    /** Reads a string that ends with a zero byte or with the packet; null where the packet ends before it. */
    static @Nullable String readOptional(ByteBuf in, String what) {
        if (!in.isReadable()) {
            return null;
        }
        return in.bytesBefore((byte) 0) < 0 ? new String(readRest(in), UTF_8) : readTerminated(in, what);
    }

    static void writeTerminated(ByteBuf out, String text) {
        if (text.indexOf(0) >= 0) {
            throw new IllegalArgumentException("a zero byte inside of a string that one ends");
        }
        out.writeBytes(text.getBytes(UTF_8)).writeByte(0);
    }

    /** Reads connection attributes: names and values with lengths, behind the length of the whole; later ones win. */
    static Map<String, String> readAttributes(ByteBuf in) {
        long announced = LengthEncoded.readInteger(in);
        if (announced < 0 || announced > MAX_ATTRIBUTES_BYTES || announced > in.readableBytes()) {
            throw new MalformedPacketException("connection attributes of " + Long.toUnsignedString(announced)
                    + " bytes with " + in.readableBytes() + " bytes left, expected at most " + MAX_ATTRIBUTES_BYTES
                    + " bytes");
        }
        ByteBuf block = in.readSlice((int) announced);
        Map<String, String> attributes = new LinkedHashMap<>();
        while (block.isReadable()) {
            String name = LengthEncoded.readString(block, UTF_8);
            attributes.put(name, LengthEncoded.readString(block, UTF_8));
        }
        return attributes;
    }

    static void writeAttributes(ByteBuf out, Map<String, String> attributes) {
        ByteBuf block = out.alloc().buffer();
        try {
            attributes.forEach((name, value) -> {
                LengthEncoded.writeString(block, name, UTF_8);
                LengthEncoded.writeString(block, value, UTF_8);
            });
            if (block.readableBytes() > MAX_ATTRIBUTES_BYTES) {
                throw new IllegalArgumentException("connection attributes of " + block.readableBytes()
                        + " bytes, expected at most " + MAX_ATTRIBUTES_BYTES + " bytes");
            }
            LengthEncoded.writeInteger(out, block.readableBytes());
            out.writeBytes(block);
        } finally {
            block.release();
        }
    }

    /** A copy that nobody can change and that keeps the order. */
    static Map<String, String> copy(Map<String, String> attributes) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }
}
