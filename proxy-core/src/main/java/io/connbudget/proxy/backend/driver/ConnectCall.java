package io.connbudget.proxy.backend.driver;

import io.connbudget.proxy.backend.BackendHost;
import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.BackendUnavailable;
import io.connbudget.proxy.backend.PhysicalPermits.Permit;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to open a physical connection: carries our collaborators to the {@link ChannelSocketFactory} that Connector/J creates, and
 * the channel back.
 */
final class ConnectCall {
    final BackendSettings settings;
    final BackendHost host;
    final EventLoopGroup group;
    final Class<? extends Channel> channelClass;
    final @Nullable SslContext sslContext;
    final Permit permit;
    private final long deadlineNanos;
    /** Channels of all attempts, to be closed with the pool. */
    private final Set<AdoptedChannel> channels;
    /** Set on the event loop. */
    private volatile @Nullable AdoptedChannel channel;
    /** Why it failed; of the thread that connects. */
    private @Nullable BackendUnavailable failure;

    ConnectCall(
            BackendSettings settings,
            BackendHost host,
            EventLoopGroup group,
            Class<? extends Channel> channelClass,
            @Nullable SslContext sslContext,
            Permit permit,
            Set<AdoptedChannel> channels) {
        this.settings = settings;
        this.host = host;
        this.group = group;
        this.channelClass = channelClass;
        this.sslContext = sslContext;
        this.permit = permit;
        this.channels = channels;
        this.deadlineNanos = System.nanoTime() + settings.connectTimeout().toNanos();
    }

    /** At least 1, so that it never means "no limit". */
    int remainingMillis() {
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()));
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    void channel(AdoptedChannel opened) {
        channel = opened;
        channels.add(opened);
        opened.gone().thenRun(() -> channels.remove(opened));
    }

    @Nullable AdoptedChannel channel() {
        return channel;
    }

    void failed(BackendUnavailable why) {
        failure = why;
    }

    /** Null for an attempt that has not failed. */
    @Nullable BackendUnavailable failure() {
        return failure;
    }

    /** Ends an attempt that failed: the permit goes with the channel, or at once where there never was one. */
    void abandon() {
        AdoptedChannel opened = channel;
        if (opened == null) {
            permit.release();
        } else {
            opened.close();
        }
    }
}
