package io.connbudget.proxy.session;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The statements prepared on one physical connection, least recently used first. */
public final class BackendStatements {

    /** A statement prepared at the server. */
    public static final class Prepared {
        private final int id;
        private byte[] types = NO_TYPES;
        private boolean executed;
        private boolean cursorFirst;

        Prepared(int id) {
            this.id = id;
        }

        /** The server's statement id. */
        public int id() {
            return id;
        }

        /**
         * Records an execution. MySQL (seen with 9.7) never ends its answer to one without a cursor when the first execution of
         * the statement had one.
         */
        public void executed(boolean withCursor) {
            cursorFirst |= !executed && withCursor;
            executed = true;
        }

        /** Whether its first execution was one with a cursor. */
        public boolean cursorFirst() {
            return cursorFirst;
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

    /** Replaced by another of the same text, and not closed at the server yet. */
    private final ArrayDeque<Prepared> superseded = new ArrayDeque<>(0);

    public @Nullable Prepared get(StatementText text) {
        return byText.get(text);
    }

    public Prepared put(StatementText text, int id) {
        Prepared prepared = new Prepared(id);
        Prepared before = byText.put(text, prepared);
        if (before != null) {
            superseded.add(before);
        }
        return prepared;
    }

    /** Makes a statement that nobody has executed serve as another one; returns whether there was such. */
    public boolean rename(StatementText from, StatementText to) {
        Prepared prepared = byText.get(from);
        if (prepared == null || prepared.executed) {
            return false;
        }
        byText.remove(from);
        byText.put(to, prepared);
        return true;
    }

    /** Removes a statement: it is closed at the server, or one client's alone until {@link #putBack}. */
    public @Nullable Prepared remove(StatementText text) {
        return byText.remove(text);
    }

    /** Takes back a statement that was removed without being closed; it will be where another of its text has come. */
    public void putBack(StatementText text, Prepared prepared) {
        if (byText.putIfAbsent(text, prepared) != null) {
            superseded.add(prepared);
        }
    }

    /**
     * Removes and returns a statement that must be closed at the server: one that another of the same text has replaced,
     * or the least recently used when there are more than {@code limit}, which is at least 1. Null when there is none.
     */
    public @Nullable Prepared evictBeyond(IntSupplier limit) {
        Prepared replaced = superseded.poll();
        if (replaced != null) {
            return replaced;
        }
        if (byText.size() <= 1 || byText.size() <= limit.getAsInt()) {
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
        superseded.clear();
    }
}
