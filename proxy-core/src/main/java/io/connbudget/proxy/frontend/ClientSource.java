package io.connbudget.proxy.frontend;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Where a client comes from: the PROXY protocol's word where that is believed, else the TCP peer. */
final class ClientSource {
    private static final AttributeKey<InetAddress> TOLD = AttributeKey.valueOf(ClientSource.class, "told");

    private ClientSource() {}

    static InetAddress of(Channel channel) {
        @Nullable InetAddress told = channel.attr(TOLD).get();
        return told != null ? told : peer(channel);
    }

    /** The TCP peer. */
    static InetAddress peer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    static void tell(Channel channel, InetAddress source) {
        channel.attr(TOLD).set(source);
    }
}
