package io.connbudget.proxy.backend.driver;

import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.SslMode;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The TLS context of the backend side. */
final class BackendTls {
    private BackendTls() {}

    /** Returns null where TLS is off. */
    static @Nullable SslContext context(BackendSettings settings) {
        if (settings.sslMode() == SslMode.DISABLED) {
            return null;
        }
        // Netty 4.2 checks the host name unless told not to.
        SslContextBuilder builder = SslContextBuilder.forClient()
                .endpointIdentificationAlgorithm(settings.sslMode() == SslMode.VERIFY_IDENTITY ? "HTTPS" : null);
        Path caFile = settings.caFile();
        try {
            if (!settings.sslMode().verifiesCa()) {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
            } else if (caFile != null) {
                builder.trustManager(caFile.toFile());
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "backend caFile is '" + caFile + "', expected readable PEM certificates: " + e.getMessage(), e);
        }
    }
}
