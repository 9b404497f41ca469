package io.connbudget.proxy.backend.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.PasswordSource;
import io.connbudget.proxy.backend.PhysicalPermits;
import io.connbudget.proxy.backend.PhysicalPermits.Phase;
import io.connbudget.proxy.backend.SslMode;
import io.connbudget.proxy.net.Transports;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.ScriptedServer;
import io.connbudget.proxy.testing.ScriptedServer.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The switch between driver and relay, and what Connector/J must do for it to be safe (its internals: a contract test). */
@Timeout(30)
class AdoptedChannelTest {
    private final EventLoopGroup group = Transports.best().newGroup(2, "test");
    private final PhysicalPermits permits = new PhysicalPermits(1);
    private final List<AdoptingDataSource> sources = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() throws Exception {
        // As the pool closes: an event loop that ends first would take the confirmations with it.
        for (AdoptingDataSource source : sources) {
            source.channels().forEach(AdoptedChannel::reset);
        }
        assertThat(permits.awaitNoneHeld(Duration.ofSeconds(10))).isTrue();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }

    private AdoptingDataSource source(int port) {
        BackendSettings settings = new BackendSettings(
                "127.0.0.1",
                port,
                "root",
                PasswordSource.of("secret"),
                SslMode.DISABLED,
                null,
                1,
                0,
                Duration.ofSeconds(5),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(3));
        AdoptingDataSource source =
                new AdoptingDataSource(settings, group, Transports.best().socketChannel(), permits);
        sources.add(source);
        return source;
    }

    @Test
    void packetBehindAPingReplyStaysUnreadAndStopsTheLease() throws Exception {
        byte[] injected = Session.packet(1, new byte[8]);
        try (ScriptedServer server = new ScriptedServer(s -> {
            s.login();
            s.readPacket();
            byte[] ok = Session.okPacket(1);
            byte[] both = new byte[ok.length + injected.length];
            System.arraycopy(ok, 0, both, 0, ok.length);
            System.arraycopy(injected, 0, both, ok.length, injected.length);
            s.raw(both);
            s.serve();
        })) {
            AdoptingDataSource source = source(server.port());
            Connection connection = source.getConnection();
            AdoptedChannel channel = source.channelOf(connection);
            // Connector/J reads exactly 4 + length bytes: with any read-ahead the 12 bytes would vanish in its buffer.
            assertThat(connection.isValid(5)).isTrue();
            Eventually.await("12 bytes unread", () -> channel.driver().buffered() == 12);
            assertThat(enterRelay(channel, new CountingRelay())).isFalse();
            // And it does not throw them away before the next command.
            assertThat(connection.isValid(5)).isFalse();
            connection.close();
        }
    }

    @Test
    void idleConnectionThatGetsAnErrorIsUnfit() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering()) {
            AdoptingDataSource source = source(server.port());
            Connection connection = source.getConnection();
            AdoptedChannel channel = source.channelOf(connection);
            server.sessions().get(0).err(0, 4031, "disconnected because of inactivity");
            Eventually.await("unread", () -> channel.driver().buffered() > 0);
            assertThat(enterRelay(channel, new CountingRelay())).isFalse();
            assertThat(connection.isValid(5)).isFalse();
            connection.close();
        }
    }

    @Test
    void driverCallsAreRefusedWhileRelaying() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering()) {
            AdoptingDataSource source = source(server.port());
            Connection connection = source.getConnection();
            AdoptedChannel channel = source.channelOf(connection);
            CountingRelay relay = new CountingRelay();
            assertThat(enterRelay(channel, relay)).isTrue();
            assertThat(permits.count(Phase.RELAYING)).isEqualTo(1);
            assertThatThrownBy(() -> connection.createStatement().execute("DO 0"))
                    .isInstanceOf(SQLException.class);
            // Connector/J gave the connection up, so the relay is told.
            Eventually.await("told", () -> relay.closed.get() == 1);
            assertThat(relay.bytes.get()).isZero();
        }
    }

    @Test
    void relayGetsTheBytesAndTheDriverTheNextAnswer() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering()) {
            AdoptingDataSource source = source(server.port());
            Connection connection = source.getConnection();
            AdoptedChannel channel = source.channelOf(connection);
            for (int round = 1; round <= 3; round++) {
                CountingRelay relay = new CountingRelay();
                assertThat(enterRelay(channel, relay)).isTrue();
                channel.channel()
                        .writeAndFlush(
                                channel.channel().alloc().buffer().writeBytes(Session.packet(0, new byte[] {14})));
                Eventually.await("OK relayed", () -> relay.bytes.get() == 11);
                Eventually.await("end of read told", () -> relay.readCompletes.get() > 0);
                assertThat(channel.channel()
                                .eventLoop()
                                .submit(channel::leaveRelay)
                                .get())
                        .isTrue();
                assertThat(connection.isValid(5)).isTrue();
                assertThat(relay.bytes.get()).isEqualTo(11);
            }
            connection.close();
        }
    }

    @Test
    void switchIsRefusedWhileADriverCallIsInFlight() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(s -> {
            s.login();
            s.readPacket();
            asked.countDown();
            answer.await();
            s.ok(1);
            s.serve();
        })) {
            AdoptingDataSource source = source(server.port());
            Connection connection = source.getConnection();
            AdoptedChannel channel = source.channelOf(connection);
            Thread pinger = new Thread(() -> {
                try {
                    connection.isValid(20);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            pinger.start();
            asked.await();
            // Between the write, which waits too, and the read the driver is in no call.
            Eventually.await("blocked in read", () -> isReading(pinger));
            assertThat(enterRelay(channel, new CountingRelay())).isFalse();
            answer.countDown();
            pinger.join(10_000);
            assertThat(enterRelay(channel, new CountingRelay())).isTrue();
            channel.close();
        }
    }

    private static boolean isReading(Thread thread) {
        return thread.getState() == Thread.State.TIMED_WAITING
                && Arrays.stream(thread.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(DriverStream.class.getName())
                                && frame.getMethodName().equals("read"));
    }

    @Test
    void blockingCallOnAnEventLoopIsRefused() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering()) {
            AdoptingDataSource source = source(server.port());
            Connection connection = source.getConnection();
            AdoptedChannel channel = source.channelOf(connection);
            // Any loop of the group: the channel's own or the other.
            for (int i = 0; i < 2; i++) {
                Throwable thrown = group.next()
                        .submit(() -> {
                            try {
                                channel.driver().read(new byte[1], 0, 1);
                                return null;
                            } catch (IllegalStateException | IOException e) {
                                return e;
                            }
                        })
                        .get();
                assertThat(thrown).isInstanceOf(IllegalStateException.class).hasMessageContaining("event loop");
            }
            connection.close();
        }
    }

    @Test
    void stopsReadingAboveTheHighWaterMark() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering()) {
            AdoptingDataSource source = source(server.port());
            Connection connection = source.getConnection();
            AdoptedChannel channel = source.channelOf(connection);
            byte[] chunk = new byte[64 * 1024];
            Thread flood = new Thread(() -> {
                try {
                    for (int i = 0; i < 500; i++) {
                        server.sessions().get(0).raw(chunk);
                    }
                } catch (IOException e) {
                    // Closed by the test.
                }
            });
            flood.setDaemon(true);
            flood.start();
            Eventually.await(
                    "reading stopped", () -> !channel.channel().config().isAutoRead());
            int buffered = channel.driver().buffered();
            assertThat(buffered).isBetween(DriverStream.HIGH_WATER_BYTES, DriverStream.HIGH_WATER_BYTES + (1 << 20));
            channel.reset();
        }
    }

    @Test
    void thePermitComesBackWhateverTheRelayDoesWithTheNews() throws Exception {
        AdoptedChannel.Relay faulty = new AdoptedChannel.Relay() {
            @Override
            public void bytes(ByteBuf buffer) {
                buffer.release();
                throw new IllegalStateException("the test's fault: bytes");
            }

            @Override
            public void readComplete() {}

            @Override
            public void closed() {
                throw new IllegalStateException("the test's fault: closed");
            }

            @Override
            public void writabilityChanged(boolean writable) {}
        };
        try (ScriptedServer server = ScriptedServer.answering()) {
            AdoptingDataSource source = source(server.port());
            for (int i = 0; i < 3; i++) {
                AdoptedChannel channel = source.channelOf(source.getConnection());
                assertThat(enterRelay(channel, faulty)).isTrue();
                switch (i) {
                    case 0 -> server.sessions().get(i).close();
                    case 1 -> channel.abort();
                    default -> server.sessions().get(i).ok(1);
                }
                channel.gone().get(10, TimeUnit.SECONDS);
            }
            Eventually.await("the server has closed all", () -> server.open() == 0);
        }
    }

    @Test
    void aWaiterThatIsInterruptedSaysSoAndTakesNoPermit() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering()) {
            AdoptingDataSource source = source(server.port());
            Connection first = source.getConnection();
            CompletableFuture<SQLException> told = new CompletableFuture<>();
            AtomicBoolean flagStays = new AtomicBoolean();
            Thread waiter = new Thread(() -> {
                try {
                    source.getConnection().close();
                    told.completeExceptionally(new AssertionError("connected"));
                } catch (SQLException e) {
                    flagStays.set(Thread.currentThread().isInterrupted());
                    told.complete(e);
                }
            });
            waiter.start();
            Eventually.await("it waits", () -> permits.waiting() == 1);
            waiter.interrupt();

            assertThat((Throwable) told.get(10, TimeUnit.SECONDS))
                    .isExactlyInstanceOf(SQLTransientConnectionException.class)
                    .hasMessage("interrupted while waiting for a permit")
                    .hasCauseInstanceOf(InterruptedException.class);
            assertThat(flagStays).isTrue();
            assertThat(permits.waiting()).isZero();
            assertThat(permits.held()).isEqualTo(1);
            assertThat(source.lastFailure())
                    .as("the database is to blame for nothing")
                    .isNull();
            first.close();
            source.getConnection().close();
            assertThat(server.peak()).isEqualTo(1);
        }
    }

    @Test
    void afterAFaultThePermitIsHeldUntilTheServerHasClosed() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(s -> {
            s.login();
            busy.await();
        })) {
            AdoptingDataSource source = source(server.port());
            AdoptedChannel channel = source.channelOf(source.getConnection());
            CountingRelay relay = new CountingRelay();
            assertThat(enterRelay(channel, relay)).isTrue();
            channel.channel().pipeline().fireExceptionCaught(new IllegalStateException("the test's fault"));
            Eventually.await("the relay is told", () -> relay.closed.get() == 1);
            assertThat(channel.channel().isOpen()).isTrue();
            assertThat(permits.held()).isEqualTo(1);
            busy.countDown();
            channel.gone().get(10, TimeUnit.SECONDS);
        }
    }

    private static boolean enterRelay(AdoptedChannel channel, AdoptedChannel.Relay relay) throws Exception {
        return channel.channel()
                .eventLoop()
                .submit(() -> channel.enterRelay(relay))
                .get();
    }

    private static final class CountingRelay implements AdoptedChannel.Relay {
        final AtomicInteger bytes = new AtomicInteger();
        final AtomicInteger readCompletes = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();

        @Override
        public void bytes(ByteBuf buffer) {
            bytes.addAndGet(buffer.readableBytes());
            buffer.release();
        }

        @Override
        public void readComplete() {
            readCompletes.incrementAndGet();
        }

        @Override
        public void closed() {
            closed.incrementAndGet();
        }

        @Override
        public void writabilityChanged(boolean writable) {}
    }
}
