package io.connbudget.proxy.frontend;

import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes a client's answers, each with the sequence id that its command calls for, and closes the connection behind the
 * last one. Owned by the client's event loop.
 */
final class ClientOutput {
    /** A client that does not take what was written last is cut off after this. */
    private static final long CLOSE_SECONDS = 5;

    private final Channel channel;
    private final CommandReader reader;

    /** The answer to a command whose end has not come. */
    private byte @Nullable [] lateAnswer;

    private @Nullable ScheduledFuture<?> closeDeadline;

    ClientOutput(Channel channel, CommandReader reader) {
        this.channel = channel;
        this.reader = reader;
    }

    /** Writes without flushing; takes ownership. */
    void write(ByteBuf packets) {
        channel.write(packets, channel.voidPromise());
    }

    /** Writes a packet with this payload, without flushing. */
    void write(byte[] payload, int sequenceId) {
        ByteBuf out = channel.alloc().buffer(Packets.HEADER_BYTES + payload.length);
        Packets.writeHeader(out, payload.length, sequenceId);
        write(out.writeBytes(payload));
    }

    /** Writes the answer to the current command without flushing; where more of it is to come, {@link #writeLate} does. */
    void answer(byte[] payload) {
        if (reader.commandComplete()) {
            write(payload, reader.answerSequence());
        } else {
            // Clients read no answer before they have sent all, and its sequence id follows their last packet's.
            lateAnswer = payload;
            reader.skipRest();
        }
    }

    /** The end of the command has come: its answer goes out, where it has one. */
    void writeLate() {
        byte[] payload = lateAnswer;
        if (payload != null) {
            lateAnswer = null;
            answer(payload);
            channel.flush();
        }
    }

    /** Closes the connection when what was written has gone out, or could not within the deadline. */
    void close() {
        if (closeDeadline == null) {
            closeDeadline = channel.eventLoop().schedule(() -> channel.close(), CLOSE_SECONDS, TimeUnit.SECONDS);
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** The channel is closed. */
    void closed() {
        if (closeDeadline != null) {
            closeDeadline.cancel(false);
        }
    }
}
