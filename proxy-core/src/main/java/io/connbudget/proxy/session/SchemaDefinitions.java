package io.connbudget.proxy.session;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * When the definition of a schema, its default character set for one, may last have changed. A server's session takes it over when it
 * selects the schema and not again, so that a backend which has selected it before must do so again (docs/adr/0027). Thread-safe,
 * bounded.
 *
 * <p>Moments are numbers that grow with each possible change.
 */
public final class SchemaDefinitions {
    static final int MAX_SCHEMAS = 10_000;

    private final AtomicLong moment = new AtomicLong();
    private final AtomicLong allChanged = new AtomicLong();
    private final ConcurrentHashMap<String, Long> changed = new ConcurrentHashMap<>();

    /** This moment. */
    public long now() {
        return moment.get();
    }

    /** Some schema was created or altered. */
    public void changed() {
        allChanged.accumulateAndGet(moment.incrementAndGet(), Math::max);
    }

    /** The database is to be asked for the schema, where it may have been changed by others than the proxy's clients. */
    public void changed(String schema) {
        if (changed.size() >= MAX_SCHEMAS) {
            changed();
            changed.clear();
        }
        changed.merge(schema, moment.incrementAndGet(), Math::max);
    }

    /** Whether the schema may have changed behind a moment. */
    boolean changedSince(long since, String schema) {
        if (since == moment.get()) {
            return false;
        }
        return allChanged.get() > since || changed.getOrDefault(schema, 0L) > since;
    }
}
