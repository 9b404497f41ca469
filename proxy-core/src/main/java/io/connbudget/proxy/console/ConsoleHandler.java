package io.connbudget.proxy.console;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/** Cuts packets and hands them to the connection, none while a statement runs. */
final class ConsoleHandler extends ByteToMessageDecoder {
    /** Told to the pipeline when a statement has been answered. */
    static final Object READY = new Object();

    private final ConsoleConnection connection;

    ConsoleHandler(ConsoleConnection connection) {
        this.connection = connection;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        connection.opened();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        while (connection.takes() && in.readableBytes() >= Packets.HEADER_BYTES) {
            int length = Packets.length(in, in.readerIndex());
            if (length > connection.maxBytes()) {
                throw new MalformedPacketException(
                        "a packet of " + length + " bytes, expected at most " + connection.maxBytes());
            }
            if (in.readableBytes() < Packets.HEADER_BYTES + length) {
                return;
            }
            int sequence = Packets.sequence(in, in.readerIndex());
            in.skipBytes(Packets.HEADER_BYTES);
            connection.received(sequence, in.readSlice(length));
        }
        // What a client sends ahead stays where it is, and no more of it is read.
        ctx.channel().config().setAutoRead(connection.takes() || in.readableBytes() < connection.maxBytes());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event == READY) {
            ctx.channel().config().setAutoRead(true);
            channelRead(ctx, ctx.alloc().buffer(0));
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        connection.closed();
        super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable root = cause.getCause() == null ? cause : cause.getCause();
        if (root instanceof MalformedPacketException malformed) {
            connection.malformed(malformed);
        } else {
            ctx.close();
        }
    }
}
