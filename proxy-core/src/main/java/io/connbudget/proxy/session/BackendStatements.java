package io.connbudget.proxy.session;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements prepared on one physical connection, least recently used first. */
public final class BackendStatements {

    /** A statement prepared at the server. */
    public static final class Prepared {
        private final int id;
        private byte[] types = NO_TYPES;

        Prepared(int id) {
            this.id = id;
        }

        /** The server's statement id. */
        public int id() {
            return id;
        }

        /** The parameter types that the server has for it; empty before the first execution. */
        public byte[] types() {
            return types;
        }

        public void types(byte[] sent) {
            types = sent;
        }
    }

    private static final byte[] NO_TYPES = new byte[0];

    private final Map<StatementText, Prepared> byText = new LinkedHashMap<>(16, 0.75f, true);

    public @Nullable Prepared get(StatementText text) {
        return byText.get(text);
    }

    public Prepared put(StatementText text, int id) {
        Prepared prepared = new Prepared(id);
        byText.put(text, prepared);
        return prepared;
    }

    /** Removes and returns the least recently used statement when there are more than {@code limit}, else null. */
    public @Nullable Prepared evictBeyond(int limit) {
        if (byText.size() <= limit) {
            return null;
        }
        Iterator<Prepared> eldest = byText.values().iterator();
        Prepared prepared = eldest.next();
        eldest.remove();
        return prepared;
    }

    public int size() {
        return byText.size();
    }

    public void clear() {
        byText.clear();
    }
}
