package io.connbudget.proxy.backend.driver;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Bytes that the driver has not read yet, on the heap, so that a driver that never reads them leaks nothing. Not thread-safe. */
final class ByteFifo {
    private static final int INITIAL_BYTES = 1024;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int head;
    private int tail;

    int size() {
        return tail - head;
    }

    /** Copies what is readable; does not release. */
    void append(ByteBuf source) {
        int count = source.readableBytes();
        ensure(count);
        source.readBytes(bytes, tail, count);
        tail += count;
    }

    void append(byte[] source) {
        ensure(source.length);
        System.arraycopy(source, 0, bytes, tail, source.length);
        tail += source.length;
    }

    int read(byte[] target, int offset, int length) {
        int count = Math.min(length, size());
        System.arraycopy(bytes, head, target, offset, count);
        head += count;
        if (head == tail) {
            clear();
        }
        return count;
    }

    /** A copy of everything, which stays. */
    byte[] copy() {
        return Arrays.copyOfRange(bytes, head, tail);
    }

    void clear() {
        head = 0;
        tail = 0;
        if (bytes.length > INITIAL_BYTES) {
            bytes = new byte[INITIAL_BYTES];
        }
    }

    private void ensure(int count) {
        if (tail + count <= bytes.length) {
            return;
        }
        byte[] target = size() + count <= bytes.length ? bytes : new byte[Math.max(bytes.length * 2, size() + count)];
        System.arraycopy(bytes, head, target, 0, size());
        tail = size();
        head = 0;
        bytes = target;
    }
}
