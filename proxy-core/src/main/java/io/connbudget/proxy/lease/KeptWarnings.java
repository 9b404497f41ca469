package io.connbudget.proxy.lease;

import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** A backend's answer to SHOW WARNINGS, kept in its packets, and the answers that can be made of it. */
final class KeptWarnings {
    /** The column count and the definitions of Level, Code and Message. */
    private static final int HEAD_PACKETS = 1 + 3;

    private final ByteBuf packets;

    KeptWarnings(byte[] packets) {
        this.packets = Unpooled.wrappedBuffer(packets);
    }

    /** How many rows there are, of every level or of errors alone. */
    int count(boolean errorsOnly) {
        int count = 0;
        int last = end();
        for (int at = rows(); next(at) < last; at = next(at)) {
            if (!errorsOnly || isError(at)) {
                count++;
            }
        }
        return count;
    }

    /**
     * The answer with some of the rows.
     *
     * @param offset how many rows are left out first
     * @param limit the most rows that it may have
     */
    byte[] answer(boolean errorsOnly, long offset, long limit) {
        ByteBuf out = Unpooled.buffer(packets.readableBytes());
        int head = rows();
        out.writeBytes(packets, 0, head);
        int sequence = HEAD_PACKETS + 1;
        long index = 0;
        int last = end();
        int at = head;
        for (; next(at) < last; at = next(at)) {
            if (errorsOnly && !isError(at)) {
                continue;
            }
            if (index >= offset && index - offset < limit) {
                sequence = copy(out, at, sequence);
            }
            index++;
        }
        copy(out, at, sequence);
        byte[] answer = new byte[out.readableBytes()];
        out.readBytes(answer);
        return answer;
    }

    private int copy(ByteBuf out, int at, int sequence) {
        int index = out.writerIndex();
        out.writeBytes(packets, at, next(at) - at);
        Packets.setSequence(out, index, sequence & 0xff);
        return sequence + 1;
    }

    private boolean isError(int at) {
        ByteBuf row = packets.slice(at + Packets.HEADER_BYTES, Packets.length(packets, at));
        return LengthEncoded.readString(row, StandardCharsets.US_ASCII).equals("Error");
    }

    private int rows() {
        int at = 0;
        for (int i = 0; i < HEAD_PACKETS; i++) {
            at = next(at);
        }
        return at;
    }

    private int end() {
        return packets.writerIndex();
    }

    private int next(int at) {
        return at + Packets.HEADER_BYTES + Packets.length(packets, at);
    }
}
