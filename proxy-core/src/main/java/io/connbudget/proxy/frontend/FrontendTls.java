package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.FrontendTlsConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS context of the client side, made from PEM files, and made again when they change. Connections that are open keep
 * theirs. Thread-safe.
 */
final class FrontendTls {
    private static final Logger LOG = LoggerFactory.getLogger(FrontendTls.class);

    private final FrontendTlsConfig config;
    private volatile @Nullable SslContext context;
    private List<Object> seen = List.of();

    /** @throws IllegalArgumentException if the files are not what they must be */
    FrontendTls(FrontendTlsConfig config) {
        this.config = config;
        this.seen = stamps();
        this.context = make(config);
    }

    /** Null where TLS is off. */
    @Nullable SslContext context() {
        return context;
    }

    FrontendTlsConfig.Mode mode() {
        return config.mode();
    }

    /** Reads the files again if one of them has changed; blocks. Files that do not fit leave the context as it is. */
    synchronized void reloadIfChanged() {
        if (context == null) {
            return;
        }
        List<Object> stamps = stamps();
        if (stamps.equals(seen)) {
            return;
        }
        seen = stamps;
        try {
            context = make(config);
            LOG.info("certificate read again from {}", config.certificate());
        } catch (IllegalArgumentException e) {
            // Half of the files may be there: the next change is another chance.
            LOG.warn("changed certificate not taken: {}", e.getMessage());
        }
    }

    /** What changes when a file does; a replaced file has another key. */
    private List<Object> stamps() {
        List<Object> stamps = new ArrayList<>();
        for (Path file : new @Nullable Path[] {config.certificate(), config.key(), config.clientCa()}) {
            if (file == null) {
                continue;
            }
            try {
                stamps.add(Files.getLastModifiedTime(file));
                stamps.add(Files.size(file));
                stamps.add(String.valueOf(Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                        .fileKey()));
            } catch (IOException e) {
                stamps.add("missing");
            }
        }
        return stamps;
    }

    private static @Nullable SslContext make(FrontendTlsConfig config) {
        Path certificate = config.certificate();
        Path key = config.key();
        if (config.mode() == FrontendTlsConfig.Mode.OFF || certificate == null || key == null) {
            return null;
        }
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(certificate.toFile(), key.toFile());
            if (config.minVersion() == FrontendTlsConfig.Version.TLS1_3) {
                builder.protocols("TLSv1.3");
            } else {
                builder.protocols("TLSv1.3", "TLSv1.2");
            }
            Path clientCa = config.clientCa();
            if (clientCa != null) {
                builder.trustManager(clientCa.toFile());
                builder.clientAuth(
                        config.clientCertificate() == FrontendTlsConfig.ClientCertificate.REQUIRED
                                ? ClientAuth.REQUIRE
                                : ClientAuth.OPTIONAL);
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "frontend.tls: " + certificate + " and " + key + " are not a certificate and its key in PEM"
                            + (config.clientCa() == null
                                    ? ""
                                    : ", or " + config.clientCa() + " has no certificates in PEM"),
                    e);
        }
    }

    /** The subject of the certificate that the other side has shown, or null. */
    static @Nullable String subject(@Nullable SslHandler handler) {
        if (handler == null) {
            return null;
        }
        try {
            return handler.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? certificate.getSubjectX500Principal().getName(X500Principal.RFC2253)
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }
}
