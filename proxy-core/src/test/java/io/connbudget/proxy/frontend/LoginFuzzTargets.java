package io.connbudget.proxy.frontend;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.config.StoredSecret;
import io.connbudget.proxy.identity.Identity;
import io.connbudget.proxy.lease.ClientRegistry;
import io.connbudget.proxy.lease.LeaseContext;
import io.connbudget.proxy.metrics.LoopMetrics;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.session.ConnectionCharset;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.ReplaySwitches;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.proxy.session.sql.StatementClassifier;
import io.connbudget.proxy.testing.TestConfigs;
import io.connbudget.wire.ServerStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
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

    private LoginFuzzTargets() {}

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
            FrontendContext context = new FrontendContext(
                    () -> null,
                    IDENTITY,
                    new SchemaCache(Duration.ofSeconds(60)),
                    new ClientLimits(1000, 1000),
                    new FrontendTls(FrontendTlsConfig.of(FrontendTlsConfig.Mode.OFF, null, null)),
                    null,
                    Runnable::run,
                    () -> KEYS,
                    new SecureRandom(),
                    Duration.ofSeconds(10),
                    1 << 30,
                    100,
                    CONFIG.budget().fairBetween());
            connection = new ClientConnection(context, leases(), channel, METRICS, new StatementClassifier());
            context.limits().enter();
            context.limits().enter(ClientSource.of(channel));
            connection.opened();
        }

        private static LeaseContext leases() {
            ConnectionCharset charset = ConnectionCharset.of("utf8mb4", "utf8mb4_general_ci");
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
                    100,
                    new PreparedAnswers(),
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
            connection.received(buffer.writeBytes(bytes));
            channel.runPendingTasks();
            answers();
            assertThat(allocator.metric().usedHeapMemory())
                    .as("bytes held before the login")
                    .isLessThan(MAX_HELD_BYTES);
        }

        private void answers() {
            List<Object> out = new ArrayList<>();
            for (Object message = channel.readOutbound(); message != null; message = channel.readOutbound()) {
                out.add(message);
            }
            out.forEach(ReferenceCountUtil::release);
        }

        @Override
        public void close() {
            channel.close();
            channel.runPendingTasks();
            connection.closed();
            answers();
            channel.finishAndReleaseAll();
            assertThat(allocator.metric().usedHeapMemory())
                    .as("bytes not released")
                    .isZero();
        }
    }
}
