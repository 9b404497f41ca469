package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.CidrList;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.Errors;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.metrics.LoopMetrics;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.session.sql.StatementClassifier;
import io.connbudget.wire.Packets;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The listener, and all client connections behind it. Thread-safe. */
public final class Frontend implements AutoCloseable {
    private static final AttributeKey<ClientConnection> CONNECTION = AttributeKey.valueOf(Frontend.class, "connection");
    private static final int VERIFIERS = 2;
    /** How often the files of the certificate are looked at. */
    private static final long TLS_LOOK_SECONDS = 2;

    private static final Duration SCHEMA_LIFE = Duration.ofSeconds(60);

    /** Bounds what a client that does not read may hold of its result. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    private final EventLoopGroup group;
    private final Transports transport;
    private final ProxyMetrics metrics;
    private volatile FrontendContext context;
    private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    /** Those that cannot be greeted before the database is reached; they leave by that, by their time, or by their close. */
    private final ChannelGroup ungreeted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    private final Supplier<@Nullable String> full;
    /** What belongs to one event loop and is used by it only. */
    private final Map<EventLoop, LoopLocal> loops = new ConcurrentHashMap<>();

    private final ThreadPoolExecutor verifier;
    private @Nullable Channel listener;

    private record LoopLocal(LoopMetrics metrics, StatementClassifier classifier) {}

    /**
     * Reads the certificates; listens later.
     *
     * @param leases null as long as the database's profile is not known; clients are then told that it is unreachable
     * @param full what the database says while it is not known for want of room for one connection: clients then wait, for
     *     {@link #databaseReached}; else null
     */
    public Frontend(
            ProxyConfig config,
            EventLoopGroup group,
            Transports transport,
            ProxyMetrics metrics,
            Identity identity,
            Supplier<@Nullable LeaseContext> leases,
            Supplier<@Nullable String> full) {
        this.full = full;
        this.group = group;
        this.transport = transport;
        this.metrics = metrics;
        SecureRandom random = new SecureRandom();
        // Its queue is as long as there are clients at their login, which is bounded.
        this.verifier = new ThreadPoolExecutor(
                VERIFIERS,
                VERIFIERS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory("verifier", true));
        verifier.allowCoreThreadTimeOut(true);
        this.context = new FrontendContext(
                leases,
                identity,
                new SchemaCache(SCHEMA_LIFE),
                new ClientLimits(
                        config.frontend().maxUnauthenticated(),
                        config.frontend().door().maxUnauthenticatedPerSource()),
                new FrontendTls(config.frontend().tls()),
                config.frontend().door().proxyProtocolFrom(),
                verifier,
                new RsaKeys(),
                random,
                config.frontend().handshakeTimeout(),
                config.budget().queueTimeout(),
                config.frontend().maxPacketBytes().bytes(),
                config.session().maxPreparedStatements(),
                config.budget().fairBetween());
        group.next()
                .scheduleWithFixedDelay(
                        () -> verifier.execute(() -> context.tls().reloadIfChanged()),
                        TLS_LOOK_SECONDS,
                        TLS_LOOK_SECONDS,
                        TimeUnit.SECONDS);
    }

    /**
     * Reads what another configuration says of the client side, its certificate included; blocks.
     *
     * @return puts it in force for the connections that come then
     * @throws IllegalArgumentException if the files are not what they must be
     */
    public Runnable prepare(ProxyConfig config) {
        FrontendTls tls = new FrontendTls(config.frontend().tls());
        return () -> {
            FrontendContext now = context;
            now.limits()
                    .limit(
                            config.frontend().maxUnauthenticated(),
                            config.frontend().door().maxUnauthenticatedPerSource());
            context = new FrontendContext(
                    now.leases(),
                    now.identity(),
                    now.schemas(),
                    now.limits(),
                    tls,
                    config.frontend().door().proxyProtocolFrom(),
                    now.verifier(),
                    now.rsa(),
                    now.random(),
                    config.frontend().handshakeTimeout(),
                    config.budget().queueTimeout(),
                    config.frontend().maxPacketBytes().bytes(),
                    config.session().maxPreparedStatements(),
                    config.budget().fairBetween());
        };
    }

    /** Listens; returns the address with the port that the system picked where 0 was asked for. */
    public InetSocketAddress listen(InetSocketAddress address) throws InterruptedException {
        Channel bound = new ServerBootstrap()
                .group(group)
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Transports.noticeVanishedPeer(channel);
                        accept(channel);
                    }
                })
                .bind(address)
                .sync()
                .channel();
        listener = bound;
        return (InetSocketAddress) bound.localAddress();
    }

    private void accept(Channel channel) {
        FrontendContext context = this.context;
        if (context.leases().get() == null && full.get() == null) {
            reject(channel, notReached());
            return;
        }
        if (context.limits().draining()) {
            reject(channel, ErrorReport.draining());
            return;
        }
        if (!context.limits().enter()) {
            reject(channel, ErrorReport.tooManyUnauthenticated(context.limits().maxUnauthenticated(), false));
            return;
        }
        channel.closeFuture().addListener(closed -> {
            if (!channel.hasAttr(CONNECTION)) {
                context.limits().leave();
            }
        });
        CidrList balancers = context.balancers();
        if (balancers != null && balancers.contains(ClientSource.peer(channel))) {
            channel.pipeline()
                    .addLast(
                            "proxy-header",
                            new ProxyHeader(context.handshakeTimeout().toMillis(), source -> {
                                ClientSource.tell(channel, source);
                                serve(context, channel);
                            }));
            return;
        }
        serve(context, channel);
    }

    /** The client's address is known: its connection begins. It is counted in, but not for its address yet. */
    private void serve(FrontendContext context, Channel channel) {
        LeaseContext leases = context.leases().get();
        if (leases == null) {
            await(context, channel);
            return;
        }
        if (!context.limits().enter(ClientSource.of(channel))) {
            reject(channel, ErrorReport.tooManyUnauthenticated(context.limits().maxPerSource(), true));
            return;
        }
        LoopLocal local = loops.computeIfAbsent(
                channel.eventLoop(), loop -> new LoopLocal(metrics.newLoop(), new StatementClassifier()));
        ClientConnection connection =
                new ClientConnection(context, leases, channel, local.metrics(), local.classifier());
        channel.attr(CONNECTION).set(connection);
        channel.pipeline().addLast("client", new ClientHandler(connection));
        clients.add(channel);
    }

    private void await(FrontendContext context, Channel channel) {
        channel.pipeline()
                .addLast(
                        "ungreeted",
                        new UngreetedClient(
                                context.queueTimeout(),
                                () -> {
                                    ungreeted.remove(channel);
                                    serve(context, channel);
                                },
                                () -> reject(channel, notReached())));
        ungreeted.add(channel);
        if (context.leases().get() != null) {
            // It was reached in between, and has told those that were there.
            channel.eventLoop().execute(() -> greet(channel));
        }
    }

    private ErrorReport notReached() {
        String detail = full.get();
        return detail == null
                ? ErrorReport.databaseUnreachable("the database", "the proxy has not reached it yet")
                : ErrorReport.databaseFull(detail);
    }

    /** The database's profile is known: those who wait for it are greeted. Any thread. */
    public void databaseReached() {
        for (Channel channel : ungreeted) {
            channel.eventLoop().execute(() -> greet(channel));
        }
    }

    private static void greet(Channel channel) {
        UngreetedClient client = channel.pipeline().get(UngreetedClient.class);
        if (client != null) {
            client.reached();
        }
    }

    /** An error in place of the greeting, as a server gives it that has no room. */
    private static void reject(Channel channel, ErrorReport report) {
        byte[] payload = Errors.payload(report);
        ByteBuf out = channel.alloc().buffer(Packets.HEADER_BYTES + payload.length);
        Packets.writeHeader(out, payload.length, 0);
        out.writeBytes(payload);
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    /** Client connections that are open. */
    public int size() {
        return clients.size();
    }

    /** Takes no client any more; those that hold nothing are told so and closed, the others when they let go. */
    public void drain() {
        context.limits().drain();
        Channel bound = listener;
        if (bound != null) {
            bound.close();
        }
        for (Channel channel : ungreeted) {
            reject(channel, ErrorReport.draining());
        }
        for (Channel channel : clients) {
            channel.eventLoop().execute(() -> channel.attr(CONNECTION).get().drain());
        }
    }

    /** Whether {@link #drain} was called. */
    public boolean draining() {
        return context.limits().draining();
    }

    /** Closes the clients that a drain has left, and tells them where it can. */
    public void endDrain() {
        for (Channel channel : clients) {
            channel.eventLoop().execute(() -> channel.attr(CONNECTION).get().endDrain());
        }
    }

    /** Closes the listener and every client. */
    @Override
    public void close() {
        Channel bound = listener;
        if (bound != null) {
            bound.close().syncUninterruptibly();
        }
        ungreeted.close().awaitUninterruptibly();
        clients.close().awaitUninterruptibly();
        verifier.shutdown();
    }
}
