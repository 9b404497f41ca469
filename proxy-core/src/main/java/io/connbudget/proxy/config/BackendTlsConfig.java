package io.connbudget.proxy.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** TLS to the database. */
public record BackendTlsConfig(
        @Setting(
                value =
                        "`disabled`; `preferred`: encrypted where the database offers it, unverified; `required`: encrypted, unverified; `verify-ca`:"
                                + " its certificate is checked; `verify-identity`: its host name too.",
                byDefault = "preferred",
                flag = "--backend-tls")
        Mode mode,

        @Setting(
                value = "PEM file of the certificate authorities to trust; without it, those of the Java runtime.",
                byDefault = Setting.NONE)
        @Nullable Path caFile) {

    /** The words of MySQL's own {@code --ssl-mode}. */
    public enum Mode {
        DISABLED,
        PREFERRED,
        REQUIRED,
        VERIFY_CA,
        VERIFY_IDENTITY
    }
}
