package io.connbudget.proxy.error;

import java.util.Locale;

/** Whose doing an error is. It decides the log level and the metric label. */
public enum ErrorOrigin {
    /** The client sent something wrong: credentials, a malformed packet, a command that is not served. */
    CLIENT,
    /** The database refused, died or answered wrongly. */
    BACKEND,
    /** A limit of the configuration was reached. */
    BUDGET,
    /** The proxy itself: it drains, or it has a fault. */
    PROXY,
    /** A socket to a client failed: reset, timed out. */
    NETWORK;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Value of the metric tag and of the log key {@code origin}. */
    public String label() {
        return label;
    }
}
