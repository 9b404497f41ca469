package io.connbudget.proxy.backend.driver;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Promise;
import java.io.IOException;

/** Puts an SslHandler under the driver's stream and waits for the handshake. */
final class TlsUpgrade {
    private TlsUpgrade() {}

    static void run(AdoptedChannel adopted, SslContext context, String host, int port, int timeoutMillis)
            throws IOException {
        Channel channel = adopted.channel();
        Promise<Channel> done = channel.eventLoop().newPromise();
        channel.eventLoop().execute(() -> {
            // One task, so no byte can come between the check and the handler.
            if (adopted.driver().buffered() > 0) {
                done.tryFailure(new IOException("bytes in clear text behind the greeting: refused before TLS"));
                return;
            }
            if (!channel.isActive()) {
                done.tryFailure(new IOException("server closed the connection before TLS"));
                return;
            }
            SslHandler handler = context.newHandler(channel.alloc(), host, port);
            handler.setHandshakeTimeoutMillis(timeoutMillis);
            channel.pipeline().addFirst("tls", handler);
            handler.handshakeFuture().addListener(handshake -> {
                if (handshake.isSuccess()) {
                    done.trySuccess(channel);
                } else {
                    done.tryFailure(handshake.cause());
                }
            });
        });
        try {
            if (!done.await(timeoutMillis + 1000L)) {
                throw new IOException("TLS handshake timed out");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted in the TLS handshake", e);
        }
        if (!done.isSuccess()) {
            throw new IOException("TLS: " + done.cause().getMessage(), done.cause());
        }
    }
}
