package io.connbudget.proxy.config;

import org.jspecify.annotations.Nullable;

/**
 * A value before it is understood.
 *
 * @param text null where the key stands without a value
 * @param origin where it stands, for messages: {@code connbudget.yaml:12}
 * @param rank which of two values of one key wins: the higher
 */
record RawValue(@Nullable String text, String origin, int rank) {
    static final int FILE = 1;
    static final int ENVIRONMENT = 2;
    static final int FLAG = 3;

    /** May hold a password. */
    @Override
    public String toString() {
        return "value from " + origin;
    }
}
