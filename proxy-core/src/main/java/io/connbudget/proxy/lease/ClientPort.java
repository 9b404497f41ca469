package io.connbudget.proxy.lease;

import io.connbudget.proxy.metrics.LoopMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The client's side of a lease. Methods are called on {@link #eventLoop()} where they say nothing else. */
public interface ClientPort {
    EventLoop eventLoop();

    ByteBufAllocator allocator();

    /** Where the client is; null without a TCP connection. */
    default @Nullable InetSocketAddress remoteAddress() {
        return null;
    }

    /** Whether the client's connection has TLS. */
    default boolean encrypted() {
        return false;
    }

    LoopMetrics metrics();

    /** Writes without flushing; takes ownership. */
    void write(ByteBuf packets);

    /** Writes one packet with this payload and the sequence id that answers the current command. */
    void answer(byte[] payload);

    void flush();

    /** Whether the client's outbound buffer is below its high water mark. */
    boolean writable();

    /**
     * Stops or resumes what the client streams to its backend. True also says that the command's first part has been
     * sent.
     */
    void backendWritable(boolean writable);

    /**
     * The response to the current command has gone out, or it has none; the client may send its next one. What still comes of
     * the current one is dropped.
     */
    void commandDone();

    /**
     * The server waits for the client's file: what the client sends next is not a command.
     *
     * @param sequenceShift by how much the client's sequence ids are ahead of the backend's
     */
    void fileRequested(int sequenceShift);

    /** Whether all of the current command has come from the client. */
    boolean commandComplete();

    /** Closes the connection after what was written is flushed. */
    void close();

    /** Runs a task on {@link #eventLoop()}, behind this call. Any thread. A fault in it is one of {@link #failed}. */
    void execute(Runnable task);

    /** Closes the connection, behind this call, for a fault of the proxy's own, which is logged. */
    void failed(Throwable fault);
}
