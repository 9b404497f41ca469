package io.connbudget.proxy.config;

import java.time.Duration;

/** The limit that nothing exceeds, and the queue in front of it. */
public record BudgetConfig(
        @Setting(
                value = "The hard budget: connections to the database, as the database counts them, at any moment.",
                flag = "--budget",
                min = 1)
        int maxConnections,

        @Setting(value = "Clients that may wait for a backend; one more is refused at once.", byDefault = "20000")
        int queueLength,

        @Setting(value = "How long a client may wait for a backend before it is refused.", byDefault = "10s")
        Duration queueTimeout) {

    public BudgetConfig {
        InvalidSetting.atLeast(queueTimeout, 1, "queue-timeout");
    }
}
