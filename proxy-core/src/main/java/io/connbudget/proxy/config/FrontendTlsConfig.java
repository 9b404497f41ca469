package io.connbudget.proxy.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** TLS to clients. Certificate and key are both there unless the mode is {@link Mode#OFF}. */
public record FrontendTlsConfig(
        @Setting(
                value = "`off`; `prefer`: for the clients that ask; `require`: clients without TLS are refused.",
                byDefault = "off")
        Mode mode,

        @Setting(value = "PEM file of the certificate chain, the proxy's own first.", byDefault = Setting.NONE)
        @Nullable Path certificate,

        @Setting(value = "PEM file of the private key, PKCS#8, without a password.", byDefault = Setting.NONE) @Nullable Path key) {

    /** What clients are offered. */
    public enum Mode {
        OFF,
        PREFER,
        REQUIRE
    }

    public FrontendTlsConfig {
        if (mode != Mode.OFF) {
            InvalidSetting.unless(
                    certificate != null, "certificate", "is missing", "a PEM file, or frontend.tls.mode: off");
            InvalidSetting.unless(key != null, "key", "is missing", "a PEM file, or frontend.tls.mode: off");
        }
    }
}
