package io.connbudget.proxy.backend.driver;

import com.mysql.cj.conf.PropertySet;
import com.mysql.cj.protocol.ServerSession;
import com.mysql.cj.protocol.SocketConnection;
import com.mysql.cj.protocol.SocketFactory;
import io.connbudget.proxy.net.Transports;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Gives Connector/J a socket that is a facade over a Netty channel. Connector/J makes the instance itself, by its class name, one per
 * connection; our collaborators reach it by the thread that connects.
 */
public final class ChannelSocketFactory implements SocketFactory {
    /** Set only while {@link AdoptingDataSource#getConnection} is inside Connector/J's connect. */
    private static final ThreadLocal<@Nullable ConnectCall> CALL = new ThreadLocal<>();

    private @Nullable AdoptedChannel channel;

    /** For Connector/J. */
    public ChannelSocketFactory() {}

    /** Makes {@code call} the one of this thread until {@link #unbind}. */
    static void bind(ConnectCall call) {
        CALL.set(call);
    }

    static void unbind() {
        CALL.remove();
    }

    /** The attempt of this thread. */
    static ConnectCall current() {
        ConnectCall call = CALL.get();
        if (call == null) {
            throw new IllegalStateException("Connector/J connected outside our DataSource");
        }
        return call;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Connector/J's signature; it expects a Socket.
    public <T extends Closeable> T connect(String host, int port, PropertySet properties, int loginTimeout)
            throws IOException {
        ConnectCall call = current();
        // Resolved here, on a thread that may block; Bootstrap would do it on the event loop.
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new UnknownHostException(host);
        }
        AdoptedChannel opened = open(call, address);
        channel = opened;
        return (T) new ChannelSocket(opened);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"
    }) // Connector/J's signature; it expects an SSLSocket.
    public <T extends Closeable> T performTlsHandshake(SocketConnection connection, ServerSession session)
            throws IOException {
        AdoptedChannel opened = channel;
        ConnectCall call = current();
        if (opened == null || call.sslContext == null) {
            throw new IllegalStateException("TLS before connect, or without a TLS context");
        }
        opened.startTls(call.sslContext, call.host.host(), call.host.port(), call.remainingMillis());
        return (T) new TlsChannelSocket(opened);
    }

    private static AdoptedChannel open(ConnectCall call, InetSocketAddress address) throws IOException {
        Bootstrap bootstrap = Transports.withSocketOptions(new Bootstrap())
                .group(call.group)
                .channel(call.channelClass)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, call.remainingMillis())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        Transports.noticeVanishedPeer(ch);
                        Transports.giveUpUnacknowledged(ch);
                        AdoptedChannel adopted =
                                new AdoptedChannel(ch, call.permit, call.deadlineNanos(), call.settings.closeTimeout());
                        ch.pipeline().addLast("adopted", new AdoptedChannelHandler(adopted));
                        ch.closeFuture().addListener(closed -> adopted.channelClosed());
                        call.channel(adopted);
                    }
                });
        ChannelFuture connected = bootstrap.connect(address);
        try {
            // Netty's own connect time-out fires first; the second is for a loop that does not answer.
            if (!connected.await(call.remainingMillis() + 1000L)) {
                connected.channel().close();
                throw new SocketTimeoutException("connect to " + address + " timed out");
            }
        } catch (InterruptedException e) {
            connected.channel().close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while connecting", e);
        }
        if (!connected.isSuccess()) {
            Throwable cause = connected.cause();
            ConnectException failed = new ConnectException(cause.getMessage());
            failed.initCause(cause);
            throw failed;
        }
        AdoptedChannel adopted = call.channel();
        if (adopted == null) {
            throw new IOException("channel without its handler");
        }
        return adopted;
    }
}
