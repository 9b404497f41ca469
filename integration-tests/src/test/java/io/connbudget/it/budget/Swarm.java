package io.connbudget.it.budget;

import io.connbudget.budget.planning.WaitHistogram;
import io.connbudget.it.Await;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Packets;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.HandshakeV10;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Many clients on one thread, each of which runs its statement again as soon as it is answered. */
final class Swarm implements AutoCloseable {
    private static final int CAPABILITIES = Capabilities.PROTOCOL_41
            | Capabilities.SECURE_CONNECTION
            | Capabilities.PLUGIN_AUTH
            | Capabilities.TRANSACTIONS
            | Capabilities.MULTI_RESULTS
            | Capabilities.DEPRECATE_EOF;
    private static final int LOGINS_AT_ONCE = 50;
    private static final int COM_QUERY = 3;
    private static final int ERR = 0xff;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final int port;
    /** Answers to all clients; used on the one event loop. */
    private long allAnswers;

    Swarm(int port) {
        this.port = port;
    }

    /** Clients of one account and address that run one statement, which must be answered by one packet. */
    final class Part {
        private final String user;
        private final byte[] statement;
        private final List<Client> clients = new ArrayList<>();
        private final AtomicInteger loggedIn = new AtomicInteger();
        private final AtomicInteger busy = new AtomicInteger();
        private final AtomicLong answered = new AtomicLong();
        private final Queue<String> errors = new ConcurrentLinkedQueue<>();
        private volatile boolean running;
        /** Swapped on the one event loop. */
        private WaitHistogram times = new WaitHistogram();

        private WaitHistogram turns = new WaitHistogram();

        Part(String user, String statement) {
            this.user = user;
            this.statement = statement.getBytes(StandardCharsets.US_ASCII);
        }

        /** All run from here on. */
        void begin() {
            running = true;
            group.execute(() -> clients.forEach(Client::ask));
        }

        /** Returns when the last one has its answer. */
        void end() throws Exception {
            running = false;
            Await.until("clients of " + user + " have ended", () -> busy.get() == 0);
        }

        long answered() {
            return answered.get();
        }

        List<String> errors() {
            return List.copyOf(errors);
        }

        /** Times from statement to answer since the last call. */
        WaitHistogram takeTimes() throws Exception {
            return group.submit(() -> {
                        WaitHistogram taken = times;
                        times = new WaitHistogram();
                        return taken;
                    })
                    .get();
        }

        /** As {@link #takeTimes}, in answers that the clients of all parts got meanwhile: a time that no slow machine stretches. */
        WaitHistogram takeTurns() throws Exception {
            return group.submit(() -> {
                        WaitHistogram taken = turns;
                        turns = new WaitHistogram();
                        return taken;
                    })
                    .get();
        }
    }

    /** Logs clients in; returns when all are. */
    Part add(String user, String address, int count, String statement) throws Exception {
        Part part = new Part(user, statement);
        for (int i = 0; i < count; i++) {
            int started = i;
            Await.until("logins", () -> started - part.loggedIn.get() < LOGINS_AT_ONCE || !part.errors.isEmpty());
            Client client = new Client(part);
            part.clients.add(client);
            new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(client)
                    .connect(new InetSocketAddress("127.0.0.1", port), new InetSocketAddress(address, 0))
                    .sync();
        }
        Await.until("all are logged in", () -> part.loggedIn.get() == count || !part.errors.isEmpty());
        if (!part.errors.isEmpty()) {
            throw new AssertionError("at login: " + part.errors.peek());
        }
        return part;
    }

    private final class Client extends ByteToMessageDecoder {
        private final Part part;
        private ChannelHandlerContext context;
        private int packets;
        private long askedNanos;
        private long askedAnswers;

        Client(Part part) {
            this.part = part;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        void ask() {
            if (!part.running) {
                return;
            }
            part.busy.incrementAndGet();
            askedNanos = System.nanoTime();
            askedAnswers = allAnswers;
            ByteBuf out = context.alloc().buffer(Packets.HEADER_BYTES + 1 + part.statement.length);
            Packets.writeHeader(out, 1 + part.statement.length, 0);
            context.writeAndFlush(out.writeByte(COM_QUERY).writeBytes(part.statement), context.voidPromise());
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            while (in.readableBytes() >= Packets.HEADER_BYTES) {
                int length = Packets.length(in, in.readerIndex());
                if (in.readableBytes() < Packets.HEADER_BYTES + length) {
                    return;
                }
                in.skipBytes(Packets.HEADER_BYTES);
                packet(in.readSlice(length));
            }
        }

        private void packet(ByteBuf payload) {
            packets++;
            if (packets == 1) {
                login(HandshakeV10.decode(payload));
                return;
            }
            if (payload.getUnsignedByte(0) == ERR) {
                part.errors.add(payload.getUnsignedShortLE(1) + " "
                        + payload.toString(9, payload.readableBytes() - 9, StandardCharsets.UTF_8));
            }
            if (packets == 2) {
                part.loggedIn.incrementAndGet();
                return;
            }
            part.times.add(System.nanoTime() - askedNanos);
            part.turns.add(++allAnswers - askedAnswers);
            part.answered.incrementAndGet();
            part.busy.decrementAndGet();
            ask();
        }

        private void login(HandshakeV10 greeting) {
            byte[] scramble =
                    NativePassword.scramble(BudgetedProxy.PASSWORD.getBytes(StandardCharsets.UTF_8), greeting.nonce());
            context.writeAndFlush(Packets.write(
                    context.alloc(),
                    1,
                    new HandshakeResponse41(
                            CAPABILITIES,
                            1 << 24,
                            45,
                            part.user,
                            scramble,
                            null,
                            "mysql_native_password",
                            Map.of("program_name", "swarm"))));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            part.errors.add(String.valueOf(cause));
            ctx.close();
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
