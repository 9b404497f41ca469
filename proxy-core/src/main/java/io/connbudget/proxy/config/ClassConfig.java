package io.connbudget.proxy.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The quota of one client class.
 *
 * @param max {@link #UNLIMITED} for the whole budget
 * @param maxClients {@link #UNLIMITED} for as many as the proxy takes
 * @param queueLength null for {@code budget.queue-length}
 * @param queueTimeout null for {@code budget.queue-timeout}
 * @param maxPinned {@link #UNLIMITED} for no limit
 * @param idleInTransactionTimeout null for no limit
 * @param maxTransactionTime null for no limit
 */
public record ClassConfig(
        @Setting(
                value =
                        "Backends that the class gets before any other class gets more than its own guarantee; idle ones are lent.",
                byDefault = "0")
        int guaranteed,

        @Setting(
                value = "Backends that the class never exceeds; 0 shuts it out.",
                byDefault = "unlimited",
                word = "unlimited",
                wordMeans = ClassConfig.UNLIMITED)
        int max,

        @Setting(
                value = "Under scarcity, classes of one priority hold backends in proportion to it; up to 10000.",
                byDefault = "1",
                min = 1)
        int weight,

        @Setting(
                value =
                        "Under scarcity, once guarantees are met, the class with the higher one goes first; -1000 to 1000.",
                byDefault = "0",
                min = -1000)
        int priority,

        @Setting(
                value = "Client connections of the class at once; one more is refused at its login.",
                byDefault = "unlimited",
                word = "unlimited",
                wordMeans = ClassConfig.UNLIMITED)
        int maxClients,

        @Setting(value = "Instead of `budget.queue-length`.", byDefault = Setting.NONE) @Nullable Integer queueLength,

        @Setting(value = "Instead of `budget.queue-timeout`.", byDefault = Setting.NONE) @Nullable Duration queueTimeout,

        @Setting(
                value = "Pinned sessions of the class above which the oldest idle one is ended while others wait.",
                byDefault = "unlimited",
                word = "unlimited",
                wordMeans = ClassConfig.UNLIMITED)
        int maxPinned,

        @Setting(
                value =
                        "How long a client of the class may be silent while it holds a backend, before it is ended while others wait.",
                byDefault = "off",
                word = "off")
        @Nullable Duration idleInTransactionTimeout,

        @Setting(
                value = "How long a client of the class may hold a backend, before it is ended while others wait.",
                byDefault = "off",
                word = "off")
        @Nullable Duration maxTransactionTime) {

    /** No limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final Duration LONGEST = Duration.ofDays(1);

    public ClassConfig {
        InvalidSetting.unless(guaranteed <= max, "guaranteed", "is above max, which is " + max, "at most max");
        InvalidSetting.unless(weight <= 10_000, "weight", "is " + weight, "a whole number of 1 to 10000");
        InvalidSetting.unless(priority <= 1000, "priority", "is " + priority, "a whole number of -1000 to 1000");
        between(queueTimeout, "queue-timeout");
        between(idleInTransactionTimeout, "idle-in-transaction-timeout");
        between(maxTransactionTime, "max-transaction-time");
    }

    private static void between(@Nullable Duration value, String key) {
        if (value != null) {
            InvalidSetting.atLeast(value, 1, key);
            InvalidSetting.unless(
                    value.compareTo(LONGEST) <= 0, key, "is " + SettingTypes.text(value), "a duration of at most 24h");
        }
    }
}
