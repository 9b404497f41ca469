package io.connbudget.proxy.config;

import java.time.Duration;

/** A record refuses the value of one of its keys; {@link ConfigBinder} adds where the value came from. */
final class InvalidSetting extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String key;
    private final String expected;

    /** {@code problem} continues the sentence that starts with the key. */
    InvalidSetting(String key, String problem, String expected) {
        super(problem);
        this.key = key;
        this.expected = expected;
    }

    static void unless(boolean holds, String key, String problem, String expected) {
        if (!holds) {
            throw new InvalidSetting(key, problem, expected);
        }
    }

    static void atLeast(Duration value, long leastMillis, String key) {
        Duration least = Duration.ofMillis(leastMillis);
        unless(
                value.compareTo(least) >= 0,
                key,
                "is " + SettingTypes.text(value),
                "a duration of at least " + SettingTypes.text(least));
    }

    String key() {
        return key;
    }

    String expected() {
        return expected;
    }
}
