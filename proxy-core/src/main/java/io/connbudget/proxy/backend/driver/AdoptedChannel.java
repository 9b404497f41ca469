package io.connbudget.proxy.backend.driver;

import io.connbudget.proxy.backend.PhysicalPermits.Permit;
import io.connbudget.proxy.backend.PhysicalPermits.Phase;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A channel to the database that two parties use in turn, and the machine that says whose turn it is.
 *
 * <pre>
 *   DriverOwned(login) --loggedIn--&gt; DriverOwned --enterRelay--&gt; Relaying
 *                                         ^--------leaveRelay-------'
 *   DriverOwned | Relaying --close--&gt; Closing (FIN sent) --server's FIN, or reset at the deadline--&gt; Closed
 *   any --server's FIN--&gt; Closed
 * </pre>
 *
 * A switch between driver and relay happens on the channel's event loop, and only if the channel is active, no driver call is in flight,
 * no byte is buffered in either direction and the driver's conversation never went wrong. The permit of the physical connection is given
 * back in Closed.
 */
public final class AdoptedChannel {
    /** Who gets the bytes while relaying; called on the event loop. */
    public interface Relay {
        /** Ownership of the buffer passes. */
        void bytes(ByteBuf buffer);

        void readComplete();

        /** The channel is closed, or the driver's side closes it. At most once, not after {@link AdoptedChannel#close}. */
        void closed();

        void writabilityChanged(boolean writable);
    }

    /** Whose turn it is. */
    sealed interface Mode {
        /** Connector/J and HikariCP; {@code loggedIn} is false until the login is complete. */
        record DriverOwned(boolean loggedIn) implements Mode {}

        record Relaying(Relay relay) implements Mode {}

        record Closing() implements Mode {}

        record Closed() implements Mode {}
    }

    /**
     * The server sends its FIN before it takes the connection off its count (MySQL's handle_connection: close_connection, then
     * remove_thd and dec_connection_count), and its thread may be preempted in between; the permit waits that moment out. No overshoot
     * was seen without it, in samples of an idle server.
     */
    private static final long SETTLE_MILLIS = 20;

    private static final Logger LOG = LoggerFactory.getLogger(AdoptedChannel.class);

    private final Channel channel;
    private final Permit permit;
    private final Duration closeTimeout;
    private final DriverStream driver;
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final long openedNanos = System.nanoTime();
    /** Written only by {@link #move}. */
    private volatile Mode mode = new Mode.DriverOwned(false);

    AdoptedChannel(Channel channel, Permit permit, long loginDeadlineNanos, Duration closeTimeout) {
        this.channel = channel;
        this.permit = permit;
        this.closeTimeout = closeTimeout;
        this.driver = new DriverStream(channel, loginDeadlineNanos);
    }

    public Channel channel() {
        return channel;
    }

    /** {@link System#nanoTime} of the attempt to connect. */
    public long openedNanos() {
        return openedNanos;
    }

    /** The server's id of this connection; 0 before its greeting. Any thread. */
    public long serverId() {
        Greeting greeting = driver.login().greeting();
        return greeting == null ? 0 : greeting.connectionId();
    }

    /** What its permit is counted as. Any thread. */
    public Phase phase() {
        Mode now = mode;
        if (now instanceof Mode.Relaying) {
            return Phase.RELAYING;
        }
        if (now instanceof Mode.DriverOwned owned) {
            return owned.loggedIn() ? Phase.DRIVER_OWNED : Phase.CONNECTING;
        }
        return Phase.CLOSING;
    }

    /** The greeting of the server; only of a channel that is logged in. */
    public Greeting greeting() {
        Greeting greeting = driver.login().greeting();
        if (greeting == null) {
            throw new IllegalStateException("no greeting yet");
        }
        return greeting;
    }

    /** The capability flags in force. */
    public int capabilities() {
        return driver.login().capabilities();
    }

    public boolean relaying() {
        return mode instanceof Mode.Relaying;
    }

    /** Completed when the permit is given back. */
    public CompletableFuture<Void> gone() {
        return gone;
    }

    /** What the facades read and write. */
    DriverStream driver() {
        return driver;
    }

    /** The driver's login succeeded: from here on only its own time-outs apply. */
    void loggedIn() {
        driver.endLogin();
        runOnLoop(() -> {
            if (mode instanceof Mode.DriverOwned) {
                move(new Mode.DriverOwned(true));
            }
        });
    }

    /** Takes the channel from the driver. Event loop only. @return false: unfit, must be discarded */
    public boolean enterRelay(Relay relay) {
        if (!(mode instanceof Mode.DriverOwned owned) || !owned.loggedIn() || !channel.isActive()) {
            return false;
        }
        if (!driver.suspend()) {
            return false;
        }
        move(new Mode.Relaying(relay));
        return true;
    }

    /** Gives the channel back to the driver. Event loop only. @return false: something is outstanding, must be discarded */
    public boolean leaveRelay() {
        if (!(mode instanceof Mode.Relaying) || !channel.isActive()) {
            return false;
        }
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        if (outbound == null || outbound.totalPendingWriteBytes() != 0) {
            return false;
        }
        move(new Mode.DriverOwned(true));
        driver.resume();
        // A lease may have left it off; the driver would wait for ever.
        channel.config().setAutoRead(true);
        return true;
    }

    /** Starts to close without telling the relay, which asked for it. Any thread. */
    public void close() {
        driver.markClosed();
        runOnLoop(() -> beginClose(false));
    }

    /** Starts to close and tells the relay that has the channel: the driver closed its socket, or the pool closes. Any thread. */
    public void abort() {
        driver.markClosed();
        runOnLoop(() -> beginClose(true));
    }

    /** Closes at once, by RST. Any thread. */
    public void reset() {
        driver.markClosed();
        runOnLoop(() -> {
            if (channel.isOpen()) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.close();
            }
        });
    }

    /** Puts TLS under the driver's bytes and waits for the handshake; blocks. */
    void startTls(SslContext context, String host, int port, int timeoutMillis) throws IOException {
        TlsUpgrade.run(this, context, host, port, timeoutMillis);
    }

    void received(ByteBuf buffer) {
        if (mode instanceof Mode.Relaying relaying) {
            relaying.relay().bytes(buffer);
            return;
        }
        try {
            if (mode instanceof Mode.DriverOwned) {
                driver.received(buffer);
            }
        } catch (IOException e) {
            driver.fail(e);
            channel.close();
        } finally {
            buffer.release();
        }
    }

    void readComplete() {
        if (mode instanceof Mode.Relaying relaying) {
            relaying.relay().readComplete();
        }
    }

    void writabilityChanged(boolean writable) {
        if (mode instanceof Mode.Relaying relaying) {
            relaying.relay().writabilityChanged(writable);
        }
    }

    void failed(Throwable cause) {
        // Also the usual end of a TLS connection whose server sends no close_notify.
        LOG.debug("backend channel {} failed", channel, cause);
        driver.fail(cause instanceof IOException io ? io : new IOException(cause.toString(), cause));
        if (cause instanceof IOException || cause instanceof DecoderException) {
            channel.close();
        } else {
            // A fault of ours: the server knows of none, and may be at work.
            abort();
        }
    }

    /** From the channel's close future; on the event loop. */
    void channelClosed() {
        Mode before = mode;
        move(new Mode.Closed());
        driver.endOfStream();
        try {
            if (before instanceof Mode.Relaying relaying) {
                relaying.relay().closed();
            }
        } finally {
            settle();
        }
    }

    /** The permit comes back whatever the relay did with the news. */
    private void settle() {
        try {
            // By its listener: a loop that shuts down cancels the wait, and the permit must not be lost with it.
            channel.eventLoop()
                    .schedule(() -> {}, SETTLE_MILLIS, TimeUnit.MILLISECONDS)
                    .addListener(settled -> release());
        } catch (RejectedExecutionException e) {
            release();
        }
    }

    private void release() {
        permit.release();
        gone.complete(null);
    }

    private void beginClose(boolean tellRelay) {
        Mode before = mode;
        if (before instanceof Mode.Closing || before instanceof Mode.Closed) {
            return;
        }
        move(new Mode.Closing());
        try {
            if (tellRelay && before instanceof Mode.Relaying relaying) {
                relaying.relay().closed();
            }
        } finally {
            sendFin();
        }
    }

    private void sendFin() {
        if (!channel.isActive()) {
            channel.close();
            return;
        }
        // The server's FIN must be seen, behind whatever it still sends.
        channel.config().setAutoRead(true);
        try {
            var deadline = channel.eventLoop().schedule(this::reset, closeTimeout.toMillis(), TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(closed -> deadline.cancel(false));
        } catch (RejectedExecutionException e) {
            channel.close();
            return;
        }
        if (channel instanceof DuplexChannel duplex) {
            // Our FIN goes below TLS and behind a COM_QUIT of the driver. No COM_QUIT of our own: in the middle of a
            // packet it would be
            // read as that packet's data.
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }

    /** The one place where the mode changes; it keeps the count by phase with it. */
    private void move(Mode next) {
        mode = next;
        permit.phase(phase());
    }

    private void runOnLoop(Runnable task) {
        if (channel.eventLoop().inEventLoop()) {
            task.run();
            return;
        }
        try {
            channel.eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            // The group is shut down, which closes its channels.
            LOG.debug("event loop of {} is shut down", channel, e);
        }
    }

    @Override
    public String toString() {
        @Nullable Greeting greeting = driver.login().greeting();
        return (greeting == null ? "?" : greeting.connectionId()) + "/"
                + mode.getClass().getSimpleName();
    }
}
