package io.connbudget.proxy.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS to clients. Certificate and key are both there unless the mode is {@link Mode#OFF}; the files are read again when they change.
 *
 * @param clientCa null where no client certificate is asked for
 */
public record FrontendTlsConfig(
        @Setting(
                value = "`off`; `prefer`: for the clients that ask; `require`: clients without TLS are refused.",
                byDefault = "off")
        Mode mode,

        @Setting(value = "PEM file of the certificate chain, the proxy's own first.", byDefault = Setting.NONE)
        @Nullable Path certificate,

        @Setting(value = "PEM file of the private key, PKCS#8, without a password.", byDefault = Setting.NONE) @Nullable Path key,

        @Setting(value = "Least version of TLS: `tls1-2` or `tls1-3`.", byDefault = "tls1-2")
        Version minVersion,

        @Setting(
                value =
                        "PEM file of the authorities of client certificates; with it clients are asked for one, which accounts and rules may look at.",
                byDefault = Setting.NONE)
        @Nullable Path clientCa,

        @Setting(
                value = "Whether a client without a certificate is refused; `required` needs `mode: require`.",
                byDefault = "optional")
        ClientCertificate clientCertificate) {

    /** A version of TLS. */
    public enum Version {
        TLS1_2,
        TLS1_3
    }

    /** What is asked of clients where {@code clientCa} is given. */
    public enum ClientCertificate {
        OPTIONAL,
        REQUIRED
    }

    /** What clients are offered. */
    public enum Mode {
        OFF,
        PREFER,
        REQUIRE
    }

    public FrontendTlsConfig {
        InvalidSetting.unless(
                clientCertificate == ClientCertificate.OPTIONAL || clientCa != null,
                "client-ca",
                "is missing, and frontend.tls.client-certificate is required",
                "a PEM file");
        InvalidSetting.unless(
                clientCertificate == ClientCertificate.OPTIONAL || mode == Mode.REQUIRE,
                "client-certificate",
                "is required, and clients without TLS, which show none, are not refused",
                "`optional`, or frontend.tls.mode: require");
        if (mode != Mode.OFF) {
            InvalidSetting.unless(
                    certificate != null, "certificate", "is missing", "a PEM file, or frontend.tls.mode: off");
            InvalidSetting.unless(key != null, "key", "is missing", "a PEM file, or frontend.tls.mode: off");
        }
    }

    /** TLS with a certificate and nothing else. */
    public static FrontendTlsConfig of(Mode mode, @Nullable Path certificate, @Nullable Path key) {
        return new FrontendTlsConfig(mode, certificate, key, Version.TLS1_2, null, ClientCertificate.OPTIONAL);
    }
}
