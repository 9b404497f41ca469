package io.connbudget.proxy.frontend;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.config.StoredSecret;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.ClientRegistry;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.metrics.LoopMetrics;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.session.ConnectionCharset;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.proxy.session.SchemaDefinitions;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.proxy.session.sql.StatementClassifier;
import io.connbudget.proxy.testing.TestConfigs;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.message.ErrPacket;
import io.connbudget.wire.message.HandshakeResponse41;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a stranger can send: no exception but the codec's own, no leak, no memory by an announced length. An input is a row of
 * pieces, each with its length before it in two bytes, least first.
 */
final class LoginFuzzTargets {
    /** What one connection may hold before its login, beside what was sent in one piece. */
    private static final long MAX_HELD_BYTES = 160 * 1024;

    private static final KeyPair KEYS = new RsaKeys().get();
    private static final LoopMetrics METRICS = new ProxyMetrics().newLoop();
    private static final ProxyConfig CONFIG = TestConfigs.withAccounts(List.of(
            AccountConfig.of("app", Secret.of("a password that is not guessed")),
            AccountConfig.of("old", StoredSecret.parse("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"), "app", null),
            AccountConfig.of("sha", StoredSecret.parse("$A$005$12345678901234567890" + "x".repeat(43)), "app", null)));
    private static final Identity IDENTITY = new Identity(CONFIG, (user, password) -> {
        throw new AssertionError("nothing is passed through");
    });

    private static final FrontendTls TLS = tls();

    private LoginFuzzTargets() {}

    private static FrontendTls tls() {
        try {
            Path directory = Files.createTempDirectory("login-fuzz");
            Path key = directory.resolve("key.pem");
            Path certificate = directory.resolve("certificate.pem");
            String command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout " + key
                    + " -out " + certificate;
            Process openssl = new ProcessBuilder(command.split(" "))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(openssl.waitFor()).isZero();
            FrontendTls made = new FrontendTls(FrontendTlsConfig.of(FrontendTlsConfig.Mode.PREFER, certificate, key));
            for (Path file : List.of(key, certificate, directory)) {
                Files.delete(file);
            }
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static FrontendContext context() {
        return new FrontendContext(
                () -> null,
                IDENTITY,
                new SchemaCache(Duration.ofSeconds(60)),
                new ClientLimits(1000, 1000),
                TLS,
                null,
                Runnable::run,
                () -> KEYS,
                new SecureRandom(),
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                1 << 30,
                100,
                CONFIG.budget().fairBetween());
    }

    /** Bytes as they are, cut anywhere. */
    static void bytes(byte[] input) {
        try (Stranger stranger = new Stranger()) {
            for (byte[] piece : pieces(input)) {
                stranger.sends(piece);
            }
        }
    }

    /** Packets with right headers, so that what is in them is reached. */
    static void packets(byte[] input) {
        try (Stranger stranger = new Stranger()) {
            int sequence = 1;
            for (byte[] payload : pieces(input)) {
                byte[] packet = new byte[4 + payload.length];
                packet[0] = (byte) payload.length;
                packet[1] = (byte) (payload.length >> 8);
                packet[2] = (byte) (payload.length >> 16);
                packet[3] = (byte) sequence;
                System.arraycopy(payload, 0, packet, 4, payload.length);
                stranger.sends(packet);
                sequence += 2;
            }
        }
    }

    /** COM_CHANGE_USER by somebody who has logged in, and the answers to what it is asked. */
    static void changeUser(byte[] input) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        boolean[] refused = new boolean[1];
        LoginPhase login = new LoginPhase(context(), channel, new LoginPhase.Target() {
            @Override
            public void accepted(HandshakeResponse41 answer, Login exchange, boolean changingUser) {
                throw new AssertionError("logged in as " + answer.user());
            }

            @Override
            public void refuse(ErrorReport report) {
                refused[0] = true;
            }

            @Override
            public void refuse(ErrPacket error) {
                throw new AssertionError("refused by the database: " + error);
            }

            @Override
            public void received(ByteBuf bytes) {
                bytes.release();
            }
        });
        int sequence = 2;
        boolean first = true;
        try {
            for (byte[] payload : pieces(input)) {
                if (refused[0]) {
                    break;
                }
                ByteBuf packet = allocator.buffer(4 + payload.length);
                Packets.writeHeader(packet, payload.length, first ? 0 : sequence);
                packet.writeBytes(payload);
                if (first) {
                    int capabilities = payload.length < 4
                            ? Capabilities.PROTOCOL_41
                            : packet.getIntLE(packet.writerIndex() - 4) | Capabilities.PROTOCOL_41;
                    login.changeUser(SessionOpening.changeUser(packet, capabilities), capabilities);
                } else {
                    login.received(packet);
                    sequence += 2;
                }
                first = false;
                release(channel);
            }
        } catch (MalformedPacketException e) {
            // The codec's own.
        } finally {
            login.close();
            channel.close();
            channel.runPendingTasks();
            release(channel);
            channel.finishAndReleaseAll();
        }
        assertThat(allocator.metric().usedHeapMemory()).as("bytes not released").isZero();
    }

    private static void release(EmbeddedChannel channel) {
        List<Object> out = new ArrayList<>();
        for (Object message = channel.readOutbound(); message != null; message = channel.readOutbound()) {
            out.add(message);
        }
        out.forEach(ReferenceCountUtil::release);
    }

    /** A balancer's header in front. */
    static void proxyHeader(byte[] input) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.pipeline()
                .addLast(
                        "proxy-header",
                        new ProxyHeader(1000, source -> assertThat(source).isNotNull()));
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
            }
        });
        for (byte[] piece : pieces(input)) {
            if (channel.isOpen()) {
                channel.writeInbound(allocator.buffer().writeBytes(piece));
                channel.checkException();
            }
        }
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory()).as("bytes not released").isZero();
    }

    private static List<byte[]> pieces(byte[] input) {
        List<byte[]> pieces = new ArrayList<>();
        int at = 0;
        while (at + 2 <= input.length) {
            int length = (input[at] & 0xff) | (input[at + 1] & 0xff) << 8;
            int end = Math.min(input.length, at + 2 + length % 20_000);
            pieces.add(Arrays.copyOfRange(input, at + 2, end));
            at = end;
        }
        return pieces;
    }

    /** A connection from its greeting on. */
    private static final class Stranger implements AutoCloseable {
        private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final ClientConnection connection;

        Stranger() {
            channel.config().setAllocator(allocator);
            FrontendContext context = context();
            connection = new ClientConnection(context, leases(), channel, METRICS, new StatementClassifier());
            channel.pipeline().addLast("client", new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    connection.received((ByteBuf) message);
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
                    if (cause instanceof DecoderException) {
                        // Clear text where TLS was asked for.
                        ctx.close();
                    } else {
                        super.exceptionCaught(ctx, cause);
                    }
                }
            });
            context.limits().enter();
            context.limits().enter(ClientSource.of(channel));
            connection.opened();
        }

        private static LeaseContext leases() {
            ConnectionCharset charset = ConnectionCharset.of(45, "utf8mb4", "utf8mb4_general_ci");
            // Nobody gets as far as to a desk.
            return new LeaseContext(
                    null,
                    new ServerProfile(
                            "9.0.0",
                            Map.of(45, charset),
                            45,
                            charset,
                            "",
                            ServerStatus.AUTOCOMMIT,
                            List.of(),
                            Map.of(),
                            "SET @@session.session_track_schema=1"),
                    IDENTITY.backendLogins(),
                    "nowhere",
                    CONFIG.handoff(),
                    () -> 100,
                    new PreparedAnswers(),
                    new SchemaDefinitions(),
                    ReplaySwitches.ALL_ON,
                    new ClientRegistry(),
                    null,
                    null);
        }

        void sends(byte[] bytes) {
            if (!channel.isOpen() || !channel.config().isAutoRead()) {
                return;
            }
            ByteBuf buffer = allocator.buffer(bytes.length);
            channel.writeInbound(buffer.writeBytes(bytes));
            channel.runPendingTasks();
            release(channel);
            assertThat(allocator.metric().usedHeapMemory())
                    .as("bytes held before the login")
                    .isLessThan(MAX_HELD_BYTES);
        }

        @Override
        public void close() {
            channel.close();
            channel.runPendingTasks();
            connection.closed();
            release(channel);
            channel.finishAndReleaseAll();
            assertThat(allocator.metric().usedHeapMemory())
                    .as("bytes not released")
                    .isZero();
        }
    }
}
