package io.connbudget.proxy.backend;

import io.netty.buffer.ByteBuf;

/** Who receives what a relaying backend sends. Every method is called on the backend channel's event loop. */
public interface BackendSink {
    /** Bytes from the server as they came, packets cut anywhere. Ownership of {@code buffer} passes to the sink. */
    void bytes(BackendConnection c, ByteBuf buffer);

    /** The channel has no more bytes for the moment: the time to flush what was relayed. */
    void readComplete(BackendConnection c);

    /** The connection is gone, or about to be closed by the pool; called at most once in a borrow, not after a discard. */
    void closed(BackendConnection c);

    /** The backend channel's outbound buffer crossed its high (false) or low (true) water mark. */
    void writabilityChanged(BackendConnection c, boolean writable);
}
