package io.connbudget.proxy.net;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollSocketChannelConfig;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import jdk.net.ExtendedSocketOptions;

/** A transport: epoll where its native library loads, NIO elsewhere. Event loops of one must not carry channels of the other. */
public enum Transports {
    /** Linux only. */
    EPOLL(EpollSocketChannel.class, EpollServerSocketChannel.class),
    /** Everywhere. */
    NIO(NioSocketChannel.class, NioServerSocketChannel.class);

    /**
     * What one read takes: an answer of a common size whole, since the rest of it would be another system call and another
     * write to the client; of a large one more at a time, for the same reason.
     */
    private static final AdaptiveRecvByteBufAllocator ANSWER_BYTES =
            new AdaptiveRecvByteBufAllocator(16 * 1024, 16 * 1024, 256 * 1024);

    private static final int KEEP_IDLE_SECONDS = 15;
    private static final int KEEP_INTERVAL_SECONDS = 5;
    private static final int KEEP_COUNT = 3;

    /** More than a server that works through a large packet leaves the rest of it unread. */
    private static final int UNACKNOWLEDGED_MILLIS = 120_000;

    private final Class<? extends Channel> socketChannel;
    private final Class<? extends ServerChannel> serverChannel;

    Transports(Class<? extends Channel> socketChannel, Class<? extends ServerChannel> serverChannel) {
        this.socketChannel = socketChannel;
        this.serverChannel = serverChannel;
    }

    /** The best transport of this machine. */
    public static Transports best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /** A group of {@code threads} event loops on daemon threads called {@code name-<group>-<thread>}; the caller shuts it down. */
    public EventLoopGroup newGroup(int threads, String name) {
        IoHandlerFactory handlers = this == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), handlers);
    }

    /** For outgoing connections. */
    public Class<? extends Channel> socketChannel() {
        return socketChannel;
    }

    /** For listeners. */
    public Class<? extends ServerChannel> serverChannel() {
        return serverChannel;
    }

    /**
     * Has the system notice within half a minute that an idle peer has vanished: its own default is two hours, in which a host
     * that lost its power would keep its backends, or its clients waiting. Where the transport cannot, it is as the system has it.
     */
    public static void noticeVanishedPeer(Channel channel) {
        if (channel.config() instanceof EpollSocketChannelConfig config) {
            config.setKeepAlive(true)
                    .setTcpKeepIdle(KEEP_IDLE_SECONDS)
                    .setTcpKeepIntvl(KEEP_INTERVAL_SECONDS)
                    .setTcpKeepCnt(KEEP_COUNT);
        } else {
            channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
            channel.config().setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), KEEP_IDLE_SECONDS);
            channel.config()
                    .setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), KEEP_INTERVAL_SECONDS);
            channel.config().setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), KEEP_COUNT);
        }
    }

    /**
     * Has the system give up a peer that does not acknowledge what was sent to it: its own default is a quarter of an hour. Not for
     * a peer that may leave unread what was sent, since that counts as well.
     */
    public static void giveUpUnacknowledged(Channel channel) {
        if (channel.config() instanceof EpollSocketChannelConfig config) {
            config.setTcpUserTimeout(UNACKNOWLEDGED_MILLIS);
        }
    }

    /** Options of each outgoing connection: commands are small and latency counts, and a peer that vanished must be noticed. */
    public static <B extends AbstractBootstrap<B, C>, C extends Channel> B withSocketOptions(B bootstrap) {
        return bootstrap
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, ANSWER_BYTES);
    }
}
