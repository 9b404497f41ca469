package io.connbudget.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a response on their way to the client: runs that pass unchanged as slices, changed packets in a buffer of
 * their own, small neighbours of both together. One per relay, on the client's event loop.
 */
final class RelayedBytes {
    /** Up to this size unchanged bytes beside changed ones are copied, so that one write carries them. */
    private static final int COPY_BYTES = 4096;

    private final ByteBufAllocator allocator;
    private final ResponseRelay.Output output;
    private boolean begun;
    private long relayedBytes;
    private @Nullable ByteBuf changed;

    RelayedBytes(ByteBufAllocator allocator, ResponseRelay.Output output) {
        this.allocator = allocator;
        this.output = output;
    }

    /** A response begins. */
    void begin() {
        begun = false;
    }

    /** Whether any byte of the response was written. */
    boolean begun() {
        return begun;
    }

    /** Bytes written since the last call. */
    long take() {
        long bytes = relayedBytes;
        relayedBytes = 0;
        return bytes;
    }

    /** Where a changed packet is written, behind what was appended. */
    ByteBuf changed() {
        ByteBuf buffer = changed;
        if (buffer == null) {
            buffer = allocator.buffer(512);
            changed = buffer;
        }
        return buffer;
    }

    /** Sends bytes that pass unchanged in front of a change. */
    void append(ByteBuf in, int from, int to) {
        if (to - from > COPY_BYTES) {
            writeChanged();
            write(in.retainedSlice(from, to - from));
        } else if (to > from) {
            changed().writeBytes(in, from, to - from);
        }
    }

    /** Sends what was changed and the bytes behind it. */
    void flush(ByteBuf in, int from, int to) {
        if (to > from) {
            if (changed != null && to - from <= COPY_BYTES) {
                changed.writeBytes(in, from, to - from);
            } else {
                writeChanged();
                write(
                        from == in.readerIndex() && to == in.writerIndex()
                                ? in.retain()
                                : in.retainedSlice(from, to - from));
                return;
            }
        }
        writeChanged();
    }

    private void writeChanged() {
        ByteBuf buffer = changed;
        if (buffer != null) {
            changed = null;
            write(buffer);
        }
    }

    private void write(ByteBuf buffer) {
        begun = true;
        relayedBytes += buffer.readableBytes();
        output.write(buffer);
    }

    /** Drops what was not sent. */
    void abort() {
        ByteBuf buffer = changed;
        changed = null;
        if (buffer != null) {
            buffer.release();
        }
    }
}
