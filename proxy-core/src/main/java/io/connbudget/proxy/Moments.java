package io.connbudget.proxy;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates and times as consoles show them: {@code 2026-11-23 14:05:09 UTC}. */
final class Moments {
    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Moments() {}

    static String now() {
        return FORM.format(Instant.now());
    }

    /** The moment of a {@link System#nanoTime}; {@code nowNanos} is that of now. */
    static String of(long nanos, long nowNanos) {
        return FORM.format(Instant.now().minusNanos(nowNanos - nanos));
    }
}
