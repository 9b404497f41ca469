package io.connbudget.proxy.frontend;

import io.connbudget.proxy.lease.ClientPort;
import io.connbudget.proxy.metrics.LoopMetrics;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a lease sees of its client's connection: where answers go, and whether the backend takes more of the command that is
 * read. Owned by the client's event loop.
 */
final class ConnectionPort implements ClientPort {
    /** The connection behind the port. */
    interface Target {
        /** Reads what is kept of the client's bytes, on a stack of its own. */
        void goOn();

        /** Nothing more is done for the current command, and the next one may be read. */
        void commandDone();

        /** Closes the connection after what was written is flushed. */
        void close();
    }

    private final Channel channel;
    private final LoopMetrics metrics;
    private final CommandReader reader;
    private final ClientOutput output;
    private final Target target;
    private boolean backendWritable;

    ConnectionPort(Channel channel, LoopMetrics metrics, CommandReader reader, ClientOutput output, Target target) {
        this.channel = channel;
        this.metrics = metrics;
        this.reader = reader;
        this.output = output;
        this.target = target;
    }

    /** Another command begins: no backend takes it yet. */
    void begin() {
        backendWritable = false;
    }

    /** Whether the backend takes more of a command that streams. */
    boolean backendWritable() {
        return backendWritable;
    }

    @Override
    public void backendWritable(boolean writable) {
        backendWritable = writable;
        if (writable && reader.keptBytes() > 0 && reader.streams()) {
            target.goOn();
        }
    }

    @Override
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    @Override
    public ByteBufAllocator allocator() {
        return channel.alloc();
    }

    @Override
    public @Nullable InetSocketAddress remoteAddress() {
        return channel.remoteAddress() instanceof InetSocketAddress address ? address : null;
    }

    @Override
    public boolean encrypted() {
        return channel.pipeline().get(SslHandler.class) != null;
    }

    @Override
    public LoopMetrics metrics() {
        return metrics;
    }

    @Override
    public void write(ByteBuf packets) {
        output.write(packets);
    }

    @Override
    public void answer(byte[] payload) {
        output.answer(payload);
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean writable() {
        return channel.isWritable();
    }

    @Override
    public boolean commandComplete() {
        return reader.commandComplete();
    }

    @Override
    public void fileRequested(int sequenceShift) {
        reader.fileRequested(sequenceShift);
    }

    @Override
    public void commandDone() {
        target.commandDone();
    }

    @Override
    public void close() {
        target.close();
    }

    @Override
    public void execute(Runnable task) {
        channel.eventLoop().execute(() -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                failed(e);
            }
        });
    }

    @Override
    public void failed(Throwable fault) {
        channel.pipeline().fireExceptionCaught(fault);
    }
}
