package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.FrontendTlsConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes the TLS context of the client side from PEM files. */
final class FrontendTls {
    private FrontendTls() {}

    /** Null where TLS is off. */
    static @Nullable SslContext context(FrontendTlsConfig config) {
        Path certificate = config.certificate();
        Path key = config.key();
        if (config.mode() == FrontendTlsConfig.Mode.OFF || certificate == null || key == null) {
            return null;
        }
        try {
            return SslContextBuilder.forServer(certificate.toFile(), key.toFile())
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "frontend.tls: " + certificate + " and " + key + " are not a certificate and its key in PEM", e);
        }
    }
}
