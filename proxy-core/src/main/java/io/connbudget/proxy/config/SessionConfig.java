package io.connbudget.proxy.config;

/** What one client's session may hold in the proxy. */
public record SessionConfig(
        @Setting(value = "Prepared statements that one client may hold at once.", byDefault = "16382", min = 1)
        int maxPreparedStatements,

        @Setting(
                value =
                        "Prepared statements that the proxy's connections may keep at the database together, in equal parts; the least recently used are closed, and prepared again when they are needed. Below the server's `max_prepared_stmt_count`, of which others want some, another proxy too.",
                byDefault = "12000",
                min = 1)
        int backendPreparedStatements) {}
