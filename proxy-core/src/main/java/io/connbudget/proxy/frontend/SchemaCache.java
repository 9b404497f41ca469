package io.connbudget.proxy.frontend;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Schemas that the database has lately let an account of its select. A direct login with an unknown schema fails; ours asks the database
 * when it does not remember the answer, so that a storm of logins costs no backends. Thread-safe, bounded.
 */
final class SchemaCache {
    private static final int MAX_SCHEMAS = 10_000;

    private final long lifeNanos;
    private final ConcurrentHashMap<Use, Long> acceptedNanos = new ConcurrentHashMap<>();

    private record Use(String account, String schema) {}

    SchemaCache(Duration life) {
        lifeNanos = life.toNanos();
    }

    boolean accepted(String account, String schema, long nowNanos) {
        Long since = acceptedNanos.get(new Use(account, schema));
        return since != null && nowNanos - since < lifeNanos;
    }

    void accept(String account, String schema, long nowNanos) {
        if (acceptedNanos.size() >= MAX_SCHEMAS) {
            acceptedNanos.clear();
        }
        acceptedNanos.put(new Use(account, schema), nowNanos);
    }
}
