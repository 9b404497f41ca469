package io.connbudget.proxy.frontend;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Schemas that the database has lately accepted. A direct login with an unknown schema fails; ours asks the database
 * when it does not remember the answer, so that a storm of logins costs no backends. Thread-safe, bounded.
 */
final class SchemaCache {
    private static final int MAX_SCHEMAS = 10_000;

    private final long lifeNanos;
    private final ConcurrentHashMap<String, Long> acceptedNanos = new ConcurrentHashMap<>();

    SchemaCache(Duration life) {
        lifeNanos = life.toNanos();
    }

    boolean accepted(String schema, long nowNanos) {
        Long since = acceptedNanos.get(schema);
        return since != null && nowNanos - since < lifeNanos;
    }

    void accept(String schema, long nowNanos) {
        if (acceptedNanos.size() >= MAX_SCHEMAS) {
            acceptedNanos.clear();
        }
        acceptedNanos.put(schema, nowNanos);
    }
}
