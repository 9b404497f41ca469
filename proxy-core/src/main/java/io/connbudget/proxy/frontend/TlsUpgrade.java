package io.connbudget.proxy.frontend;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;

/** Puts TLS in front of a client connection that has asked for it. */
final class TlsUpgrade {
    private TlsUpgrade() {}

    static void begin(Channel channel, SslContext context) {
        SslHandler handler = context.newHandler(channel.alloc());
        channel.pipeline().addFirst("tls", handler);
    }
}
