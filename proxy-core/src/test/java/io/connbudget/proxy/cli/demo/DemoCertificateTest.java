package io.connbudget.proxy.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslContextBuilder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoCertificateTest {
    @Test
    void isOfThisMachineAndLeavesNothing() throws Exception {
        Path certificate;
        try (DemoCertificate made = DemoCertificate.create()) {
            certificate = made.certificate();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(certificate.getParent())))
                    .isEqualTo("rwx------");
            X509Certificate x509;
            try (InputStream in = Files.newInputStream(certificate)) {
                x509 = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            }
            x509.verify(x509.getPublicKey());
            assertThat(x509.getSubjectAlternativeNames()).contains(List.of(2, "localhost"), List.of(7, "127.0.0.1"));
            assertThat(SslContextBuilder.forServer(
                                    made.certificate().toFile(), made.key().toFile())
                            .build()
                            .isServer())
                    .isTrue();
        }
        assertThat(certificate.getParent()).doesNotExist();
    }
}
