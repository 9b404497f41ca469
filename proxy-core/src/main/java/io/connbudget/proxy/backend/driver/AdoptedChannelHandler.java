package io.connbudget.proxy.backend.driver;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Tells the {@link AdoptedChannel} what happens. No logic. */
final class AdoptedChannelHandler extends ChannelInboundHandlerAdapter {
    private final AdoptedChannel adopted;

    AdoptedChannelHandler(AdoptedChannel adopted) {
        this.adopted = adopted;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        adopted.received((ByteBuf) msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        adopted.readComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        adopted.writabilityChanged(ctx.channel().isWritable());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        adopted.failed(cause);
    }
}
