package io.connbudget.proxy.console;

import io.connbudget.proxy.config.AdminRole;
import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.operate.ProxyControl;
import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.wire.Packets;
import io.connbudget.wire.message.ErrPacket;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The listener of the console, with an event loop and threads of its own: it answers when clients and budget are exhausted, and takes no
 * connection of either. No TLS: bind it to a private address. Thread-safe.
 */
public final class ConsoleServer implements AutoCloseable {
    /** Each may run one statement, on a thread. */
    private static final int MAX_CONNECTIONS = 32;

    private static final long LAST_ANSWERS_MILLIS = 500;

    private final EventLoopGroup group;
    private final Channel listener;
    private final ChannelGroup connections;
    private final ThreadPoolExecutor threads;

    private ConsoleServer(
            EventLoopGroup group, Channel listener, ChannelGroup connections, ThreadPoolExecutor threads) {
        this.group = group;
        this.listener = listener;
        this.connections = connections;
        this.threads = threads;
    }

    /**
     * Listens, and answers from the return on.
     *
     * @param operators accounts by name, asked for at each login; none: whoever comes from the machine itself may do everything
     * @param pauseWait how long PAUSE waits for the last lease, asked for at each one
     * @throws Exception if the address cannot be bound
     */
    public static ConsoleServer start(
            InetSocketAddress address,
            Supplier<Map<String, Operator>> operators,
            ProxyView view,
            ProxyControl control,
            String version,
            Supplier<Duration> pauseWait,
            ConsoleDoor door)
            throws Exception {
        SecureRandom random = new SecureRandom();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                0,
                MAX_CONNECTIONS,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DefaultThreadFactory("console-statement", true));
        ConsoleContext context = new ConsoleContext(
                operators,
                new Operator("", new BigInteger(190, random).toString(), AdminRole.READ_ONLY),
                new ConsoleCommands(view, control, pauseWait),
                threads,
                random,
                door,
                version);
        Transports transport = Transports.best();
        EventLoopGroup group = transport.newGroup(1, "console");
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        AtomicLong ids = new AtomicLong();
        try {
            Channel listener = new ServerBootstrap()
                    .group(group)
                    .channel(transport.serverChannel())
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childHandler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            accept(context, channel, connections, ids.incrementAndGet());
                        }
                    })
                    .bind(address)
                    .sync()
                    .channel();
            return new ConsoleServer(group, listener, connections, threads);
        } catch (Exception e) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            threads.shutdownNow();
            throw e;
        }
    }

    private static void accept(ConsoleContext context, Channel channel, ChannelGroup connections, long id) {
        InetAddress source = ConsoleConnection.source(channel);
        boolean admitted = context.door().enter(source);
        if (!admitted || connections.size() >= MAX_CONNECTIONS) {
            if (admitted) {
                context.door().leave(source);
            }
            channel.writeAndFlush(Packets.write(
                            channel.alloc(), 0, new ErrPacket(1040, "08004", "Too many connections to the console")))
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        Transports.noticeVanishedPeer(channel);
        connections.add(channel);
        channel.pipeline().addLast("console", new ConsoleHandler(new ConsoleConnection(context, channel, id)));
    }

    /** The bound address, with the port that the system picked where 0 was asked for. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Closes the listener and every connection, after the answers that are about to go out: SHUTDOWN has one too. */
    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(LAST_ANSWERS_MILLIS, TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        // Behind the answers, which the event loop has in its queue.
        group.submit(() -> connections.close()).awaitUninterruptibly(1, TimeUnit.SECONDS);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
