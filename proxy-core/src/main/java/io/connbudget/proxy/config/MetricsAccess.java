package io.connbudget.proxy.config;

/** Who may read {@code /metrics}. */
public enum MetricsAccess {
    /** Everybody who reaches the port, as is usual for Prometheus. */
    OPEN,
    /** Administrators. */
    USERS
}
