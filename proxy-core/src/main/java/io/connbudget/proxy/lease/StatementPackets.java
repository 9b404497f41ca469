package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a client's binary-protocol command fit the statement that a backend has prepared for it: the id, the parameter
 * types that a client sends with its first execution only, and the long data that was kept.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html">COM_STMT_EXECUTE</a>
 */
final class StatementPackets {
    /** Command, statement id, flags, iteration count. */
    private static final int EXECUTE_HEAD = 1 + 4 + 1 + 4;

    /** Of a parameter that is NULL, where the client names no other one. */
    static final byte NULL_TYPE = 6;

    private static final byte[] NO_TYPES = new byte[0];

    private StatementPackets() {}

    /** A statement id as the body of a command. */
    static byte[] id(int id) {
        return new byte[] {(byte) id, (byte) (id >> 8), (byte) (id >> 16), (byte) (id >> 24)};
    }

    /** COM_STMT_CLOSE, which has no answer; the caller owns the buffer. */
    static ByteBuf close(ByteBufAllocator allocator, int id) {
        ByteBuf out = allocator.buffer(Packets.HEADER_BYTES + 5);
        Packets.writeHeader(out, 5, 0);
        return out.writeByte(Command.STMT_CLOSE.code()).writeIntLE(id);
    }

    /** Whether a COM_STMT_EXECUTE asks for a cursor; the packet is read only. */
    static boolean wantsCursor(ByteBuf packet) {
        return packet.getByte(packet.readerIndex() + Packets.HEADER_BYTES + 1 + 4) != 0;
    }

    /** Whether the first part of an execution holds everything up to the parameter values. */
    static int headBytes(ClientStatement statement) {
        int n = statement.parameters();
        return Packets.HEADER_BYTES + EXECUTE_HEAD + (n == 0 ? 0 : (n + 7) / 8 + 1 + 2 * n);
    }

    /**
     * The parameter types of an execution, two bytes each: those that it sends, else those of the client's last one that did;
     * empty where there are none, and where the packet ends before them. The packet is read only.
     */
    static byte[] types(ByteBuf packet, ClientStatement statement) {
        int n = statement.parameters();
        int bound = bound(packet, statement);
        if (bound >= packet.writerIndex() || !sendsTypes(packet, bound)) {
            return statement.types();
        }
        if (packet.writerIndex() - bound - 1 < 2 * n) {
            return NO_TYPES;
        }
        byte[] known = statement.types();
        boolean same = known.length == 2 * n;
        for (int i = 0; same && i < known.length; i++) {
            same = packet.getByte(bound + 1 + i) == known[i];
        }
        if (same) {
            return known;
        }
        byte[] types = new byte[2 * n];
        packet.getBytes(bound + 1, types);
        return types;
    }

    /**
     * Takes up the parameter types that an execution sends, whatever becomes of it: its client sends them once. The packet is
     * read only.
     *
     * @return false where it sends none, nor did an execution before
     */
    static boolean learnTypes(ByteBuf packet, ClientStatement statement) {
        byte[] types = types(packet, statement);
        if (types.length > 0) {
            statement.types(types);
            return true;
        }
        int bound = bound(packet, statement);
        // One that is cut short is malformed, which its encoding says.
        return statement.parameters() == 0 || bound >= packet.writerIndex() || sendsTypes(packet, bound);
    }

    /**
     * Parameter types with that of NULL in the place of those whose parameter is NULL in this execution, of which servers derive
     * nothing. The packet is read only.
     *
     * @return the same array where none is
     */
    static byte[] typesOfValues(ByteBuf packet, ClientStatement statement, byte[] types) {
        int bound = bound(packet, statement);
        if (bound > packet.writerIndex()) {
            // Its encoding says what is wrong.
            return types;
        }
        int bitmap = bound - (statement.parameters() + 7) / 8;
        byte[] ofValues = types;
        for (int i = 0; i < statement.parameters(); i++) {
            if ((packet.getByte(bitmap + i / 8) >> i % 8 & 1) != 0) {
                if (ofValues == types) {
                    ofValues = types.clone();
                }
                ofValues[2 * i] = NULL_TYPE;
                ofValues[2 * i + 1] = 0;
            }
        }
        return ofValues;
    }

    /** Puts these parameter types in the place of those that an execution sends, where it sends any. */
    static void types(ByteBuf packet, ClientStatement statement, byte[] types) {
        int bound = bound(packet, statement);
        if (bound < packet.writerIndex() && sendsTypes(packet, bound)) {
            packet.setBytes(bound + 1, types);
        }
    }

    /** Where an execution says whether parameter types follow. */
    private static int bound(ByteBuf packet, ClientStatement statement) {
        return packet.readerIndex() + Packets.HEADER_BYTES + EXECUTE_HEAD + (statement.parameters() + 7) / 8;
    }

    /** Servers take any number but 0 for a yes. */
    private static boolean sendsTypes(ByteBuf packet, int bound) {
        return packet.getByte(bound) != 0;
    }

    /**
     * Writes a client's command for a backend's statement.
     *
     * @param packet the client's packet, or its first part; ownership passes to this method
     * @param state the session's; the backend has it
     * @return what to write; owned by the caller
     */
    static ByteBuf encode(
            ByteBufAllocator allocator,
            ByteBuf packet,
            Command command,
            ClientStatement statement,
            BackendStatements.Prepared prepared,
            SessionState state) {
        int start = packet.readerIndex();
        packet.setIntLE(start + Packets.HEADER_BYTES + 1, prepared.id());
        if (command != Command.STMT_EXECUTE && command != Command.STMT_SEND_LONG_DATA) {
            return packet;
        }
        if (command == Command.STMT_EXECUTE) {
            prepared.executed(wantsCursor(packet));
        }
        ByteBuf out =
                command == Command.STMT_EXECUTE ? withTypes(allocator, packet, statement, prepared, state) : packet;
        List<byte[]> longData = statement.takeLongData();
        return longData == null ? out : behindLongData(allocator, out, longData, prepared.id());
    }

    private static ByteBuf withTypes(
            ByteBufAllocator allocator,
            ByteBuf packet,
            ClientStatement statement,
            BackendStatements.Prepared prepared,
            SessionState state) {
        int n = statement.parameters();
        if (n == 0) {
            return packet;
        }
        int start = packet.readerIndex();
        int bound = bound(packet, statement);
        if (bound >= packet.writerIndex()) {
            packet.release();
            throw new MalformedPacketException("COM_STMT_EXECUTE without its parameters");
        }
        if (sendsTypes(packet, bound)) {
            if (packet.writerIndex() - bound - 1 < 2 * n) {
                packet.release();
                throw new MalformedPacketException("COM_STMT_EXECUTE without its parameter types");
            }
            byte[] types = new byte[2 * n];
            packet.getBytes(bound + 1, types);
            byte[] shared = Arrays.equals(types, statement.types()) ? statement.types() : types;
            statement.types(shared);
            prepared.types(shared, state);
            return packet;
        }
        byte[] types = statement.types();
        if (types.length == 0 || prepared.has(types, state)) {
            return packet;
        }
        int length = Packets.length(packet, start);
        if (length + types.length >= Packets.MAX_PAYLOAD) {
            packet.release();
            throw new MalformedPacketException(
                    "COM_STMT_EXECUTE of " + length + " bytes without parameter types, expected them in one so large");
        }
        prepared.types(types, state);
        ByteBuf out = allocator.buffer(packet.readableBytes() + types.length);
        Packets.writeHeader(out, length + types.length, 0);
        out.writeBytes(packet, start + Packets.HEADER_BYTES, bound - start - Packets.HEADER_BYTES);
        out.writeByte(1).writeBytes(types);
        out.writeBytes(packet, bound + 1, packet.writerIndex() - bound - 1);
        packet.release();
        return out;
    }

    private static ByteBuf behindLongData(ByteBufAllocator allocator, ByteBuf execute, List<byte[]> bodies, int id) {
        ByteBuf out = allocator.buffer();
        for (byte[] body : bodies) {
            int left = 1 + 4 + body.length;
            int at = 0;
            int sequence = 0;
            boolean first = true;
            while (true) {
                int length = Math.min(left, Packets.MAX_PAYLOAD);
                Packets.writeHeader(out, length, sequence++);
                int bytes = length;
                if (first) {
                    out.writeByte(Command.STMT_SEND_LONG_DATA.code()).writeIntLE(id);
                    bytes -= 5;
                    first = false;
                }
                out.writeBytes(body, at, bytes);
                at += bytes;
                left -= length;
                if (length < Packets.MAX_PAYLOAD) {
                    break;
                }
            }
        }
        out.writeBytes(execute);
        execute.release();
        return out;
    }
}
