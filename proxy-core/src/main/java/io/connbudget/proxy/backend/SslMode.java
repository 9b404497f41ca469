package io.connbudget.proxy.backend;

/**
 * How the connection to the database is secured; the words and their meaning are those of MySQL's clients
 * (https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode).
 */
public enum SslMode {
    /** Never TLS. */
    DISABLED,
    /** TLS if the server offers it, else none; the certificate is not checked. */
    PREFERRED,
    /** TLS or no connection; the certificate is not checked. */
    REQUIRED,
    /** TLS, and the certificate must be signed by the CA; the host name is not checked. */
    VERIFY_CA,
    /** TLS, and the certificate must be signed by the CA and name the host. */
    VERIFY_IDENTITY;

    /** Whether a server without TLS is refused. */
    public boolean required() {
        return this == REQUIRED || verifiesCa();
    }

    /** Whether the certificate chain is checked. */
    public boolean verifiesCa() {
        return this == VERIFY_CA || this == VERIFY_IDENTITY;
    }
}
