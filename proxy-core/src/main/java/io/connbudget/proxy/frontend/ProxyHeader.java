package io.connbudget.proxy.frontend;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Waits for the PROXY protocol header of a load balancer; the client's connection begins behind it, greeting first. One-shot:
 * takes itself and its decoder out. A header that is late, missing or malformed ends the connection.
 *
 * @see <a href="https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt">The PROXY protocol</a>
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
    /** Room for what version 2 adds behind the addresses; nothing of it is used, and a client has as much before its login. */
    private static final int MAX_EXTENSION_BYTES = LoginPhase.MAX_LOGIN_BYTES;

    private final long timeoutMillis;
    private final Consumer<InetAddress> known;
    private boolean done;
    private boolean failed;

    /** @param known is told the client's address, on the event loop; it adds what serves the client */
    ProxyHeader(long timeoutMillis, Consumer<InetAddress> known) {
        this.timeoutMillis = timeoutMillis;
        this.known = known;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        // It takes itself out with the header's last byte; what follows is the client's.
        ctx.pipeline().addBefore(ctx.name(), "proxy-decoder", new HAProxyMessageDecoder(MAX_EXTENSION_BYTES, true));
        ctx.executor()
                .schedule(
                        () -> {
                            if (!done) {
                                ctx.close();
                            }
                        },
                        timeoutMillis,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (failed || !ctx.channel().isActive()) {
            // At the close the decoder looks at what is left, and may find a header behind the one that was wrong.
            ReferenceCountUtil.release(message);
            return;
        }
        if (!(message instanceof HAProxyMessage header)) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            done = true;
            known.accept(source(ctx, header));
        } finally {
            header.release();
        }
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    /** LOCAL is the balancer speaking for itself; UNKNOWN has no address, and that of a Unix socket is a path. */
    private static InetAddress source(ChannelHandlerContext ctx, HAProxyMessage header) {
        String text = header.sourceAddress();
        AddressFamily family = header.proxiedProtocol().addressFamily();
        boolean internet = family == AddressFamily.AF_IPv4 || family == AddressFamily.AF_IPv6;
        if (header.command() != HAProxyCommand.LOCAL && internet && text != null) {
            byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
            if (address != null) {
                try {
                    return InetAddress.getByAddress(address);
                } catch (UnknownHostException e) {
                    throw new IllegalArgumentException(text, e);
                }
            }
        }
        return ClientSource.peer(ctx.channel());
    }

    /** The client's part of the pipeline does not exist yet. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {}

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failed = true;
        ctx.close();
    }
}
