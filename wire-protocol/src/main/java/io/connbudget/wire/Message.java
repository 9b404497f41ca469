package io.connbudget.wire;

import io.netty.buffer.ByteBuf;

/** A packet that can write its payload. */
public interface Message {
    /** Appends the payload, without a packet header, to {@code out}. The caller keeps the buffer. */
    void encode(ByteBuf out);
}
