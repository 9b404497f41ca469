package io.connbudget.proxy.config;

/** What one client's session may hold in the proxy. */
public record SessionConfig(
        @Setting(value = "Prepared statements that one client may hold at once.", byDefault = "16382", min = 1)
        int maxPreparedStatements) {}
