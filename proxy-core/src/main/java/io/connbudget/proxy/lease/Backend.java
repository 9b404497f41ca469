package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendSink;
import io.connbudget.proxy.session.BackendMemory;
import org.jspecify.annotations.Nullable;

/** A physical connection together with what is known of its session; lives as long as the physical connection. */
final class Backend {
    final BackendConnection connection;
    final BackendMemory memory;
    /** Since when nobody has it; monotonic nanoseconds, meaningful while it is warm. */
    long warmSinceNanos;

    /** Gets what comes while nobody has it; made by the desk when that is so for the first time. */
    @Nullable BackendSink warmSink;

    private Backend(BackendConnection connection) {
        this.connection = connection;
        this.memory = new BackendMemory(connection.user());
    }

    /** The one of this connection, made at its first borrow. */
    static Backend of(BackendConnection connection) {
        Backend known = connection.attachment();
        if (known == null) {
            known = new Backend(connection);
            connection.attachment(known);
        }
        return known;
    }

    boolean open() {
        return connection.open();
    }

    @Override
    public String toString() {
        return "Backend[" + connection.connectionId() + "]";
    }
}
