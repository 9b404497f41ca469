package io.connbudget.it.bench;

import io.connbudget.it.Target;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.auth.RsaPassword;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.HandshakeV10;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client on an event loop, as many as wanted. Frames arrive without their length: sequence number, then payload. */
final class LoadClient extends SimpleChannelInboundHandler<ByteBuf> {
    private static final int CAPABILITIES = Capabilities.LONG_PASSWORD
            | Capabilities.CONNECT_WITH_DB
            | Capabilities.PROTOCOL_41
            | Capabilities.TRANSACTIONS
            | Capabilities.SECURE_CONNECTION
            | Capabilities.PLUGIN_AUTH;
    private static final int MAX_PACKET_BYTES = 1 << 24;
    private static final int COLLATION = 45;
    private static final int EOF_MAX_BYTES = 9;

    /** Told on the event loop. */
    interface Listener {
        /** The login succeeded. */
        void ready(LoadClient client);

        /** The answer to a query is complete. */
        void answered(LoadClient client);

        /** The connection is over; called once, also after {@link #close}. */
        void ended(LoadClient client, String reason);
    }

    private enum State {
        GREETING,
        LOGIN,
        READY,
        ANSWER,
        ENDED
    }

    private final Target account;
    private final Listener listener;
    private State state = State.GREETING;
    private int eofsLeft;
    private byte[] nonce = {};
    private @Nullable ChannelHandlerContext context;
    /** For the listener. */
    long sinceNanos;

    int answers;
    long bytes;

    private LoadClient(Target account, Listener listener) {
        this.account = account;
        this.listener = listener;
    }

    /** Connects; the listener hears how it went. */
    static void connect(
            EventLoopGroup group, Contender to, Target account, @Nullable SocketAddress from, Listener listener) {
        LoadClient client = new LoadClient(account, listener);
        client.sinceNanos = System.nanoTime();
        ChannelFuture connected = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_REUSEADDR, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new LengthFieldBasedFrameDecoder(
                                        ByteOrder.LITTLE_ENDIAN, MAX_PACKET_BYTES + 4, 0, 3, 1, 3, true))
                                .addLast(client);
                    }
                })
                .connect(new InetSocketAddress(to.host(), to.port()), from);
        connected.addListener(done -> {
            if (!done.isSuccess()) {
                client.end(String.valueOf(done.cause()));
            }
        });
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Sends a query; on the event loop. */
    void query(String sql) {
        ChannelHandlerContext ctx = context;
        if (ctx == null || state != State.READY) {
            throw new IllegalStateException("a query in state " + state);
        }
        state = State.ANSWER;
        eofsLeft = 0;
        sinceNanos = System.nanoTime();
        ByteBuf out = packet(ctx, 0).writeByte(Command.QUERY.code());
        out.writeCharSequence(sql, StandardCharsets.UTF_8);
        send(ctx, out);
    }

    /** Says goodbye. Any thread. */
    void close() {
        ChannelHandlerContext ctx = context;
        if (ctx != null) {
            send(ctx, packet(ctx, 0).writeByte(Command.QUIT.code()));
            ctx.close();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
        bytes += frame.readableBytes();
        int sequence = frame.readUnsignedByte();
        int first = frame.getUnsignedByte(frame.readerIndex());
        switch (state) {
            case GREETING -> greeted(ctx, sequence, first, frame);
            case LOGIN -> loginAnswered(ctx, sequence, first, frame);
            case ANSWER -> answered(ctx, first, frame);
            default -> fail(ctx, first, frame);
        }
    }

    private void greeted(ChannelHandlerContext ctx, int sequence, int first, ByteBuf frame) {
        if (first == 0xff) {
            fail(ctx, first, frame);
            return;
        }
        HandshakeV10 greeting = HandshakeV10.decode(frame);
        nonce = greeting.nonce();
        ByteBuf out = packet(ctx, sequence + 1);
        new HandshakeResponse41(
                        CAPABILITIES,
                        MAX_PACKET_BYTES,
                        COLLATION,
                        account.user(),
                        scramble(greeting.authPlugin(), greeting.nonce()),
                        account.schema(),
                        greeting.authPlugin(),
                        Map.of())
                .encode(out);
        state = State.LOGIN;
        send(ctx, out);
    }

    private byte[] scramble(String plugin, byte[] nonce) {
        byte[] password = account.password().getBytes(StandardCharsets.UTF_8);
        return plugin.equals(CachingSha2Password.PLUGIN)
                ? CachingSha2Password.scramble(password, nonce)
                : NativePassword.scramble(password, nonce);
    }

    private void loginAnswered(ChannelHandlerContext ctx, int sequence, int first, ByteBuf frame) {
        if (first == 0) {
            state = State.READY;
            listener.ready(this);
        } else if (first == AuthSwitchRequest.HEADER) {
            AuthSwitchRequest request = AuthSwitchRequest.decode(frame);
            nonce = request.nonce();
            send(ctx, packet(ctx, sequence + 1).writeBytes(scramble(request.plugin(), request.nonce())));
        } else if (first == 1) {
            frame.skipBytes(1);
            moreData(ctx, sequence, frame);
        } else {
            fail(ctx, first, frame);
        }
    }

    /** A step of caching_sha2_password; behind the last one OK follows. */
    private void moreData(ChannelHandlerContext ctx, int sequence, ByteBuf data) {
        switch (data.getUnsignedByte(data.readerIndex())) {
            case CachingSha2Password.FAST_AUTH_SUCCESS -> {}
            case CachingSha2Password.PERFORM_FULL_AUTHENTICATION ->
                send(ctx, packet(ctx, sequence + 1).writeByte(CachingSha2Password.REQUEST_PUBLIC_KEY));
            default -> {
                byte[] pem = ByteBufUtil.getBytes(data);
                byte[] password = account.password().getBytes(StandardCharsets.UTF_8);
                try {
                    byte[] encrypted = RsaPassword.encrypt(password, nonce, RsaPassword.fromPem(pem));
                    send(ctx, packet(ctx, sequence + 1).writeBytes(encrypted));
                } catch (GeneralSecurityException e) {
                    end("no public key: " + e.getMessage());
                    ctx.close();
                }
            }
        }
    }

    /** One packet of an answer: an OK, or a result set with one EOF behind its columns and one behind its rows. */
    private void answered(ChannelHandlerContext ctx, int first, ByteBuf frame) {
        boolean over = false;
        if (first == 0xff) {
            fail(ctx, first, frame);
        } else if (eofsLeft == 0) {
            over = first == 0;
            eofsLeft = 2;
        } else if (first == 0xfe && frame.readableBytes() < EOF_MAX_BYTES) {
            over = --eofsLeft == 0;
        }
        if (over) {
            state = State.READY;
            answers++;
            listener.answered(this);
        }
    }

    private void fail(ChannelHandlerContext ctx, int first, ByteBuf frame) {
        end(
                first == 0xff
                        ? frame.toString(StandardCharsets.ISO_8859_1)
                        : "unexpected packet " + first + " in " + state);
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end("connection closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end(cause.toString());
        ctx.close();
    }

    private void end(String reason) {
        if (state != State.ENDED) {
            state = State.ENDED;
            listener.ended(this, reason);
        }
    }

    private static ByteBuf packet(ChannelHandlerContext ctx, int sequence) {
        return ctx.alloc().buffer().writeZero(3).writeByte(sequence);
    }

    private static void send(ChannelHandlerContext ctx, ByteBuf packet) {
        packet.setMediumLE(packet.readerIndex(), packet.readableBytes() - 4);
        ctx.writeAndFlush(packet, ctx.voidPromise());
    }
}
