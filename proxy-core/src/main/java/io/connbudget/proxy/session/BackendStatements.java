package io.connbudget.proxy.session;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The statements prepared on one physical connection, least recently used first. */
public final class BackendStatements {

    /** A statement prepared at the server. */
    public static final class Prepared {
        private final int id;
        private byte[] types = NO_TYPES;
        private @Nullable SessionState typedUnder;
        private boolean executed;
        private boolean withCursor;
        private boolean taken;
        private boolean unlike;

        Prepared(int id) {
            this.id = id;
        }

        /** The server's statement id. */
        public int id() {
            return id;
        }

        /**
         * Records an execution. MySQL (seen with 9.7) never ends its answer to one without a cursor when the first execution of
         * the statement had one, or the first since MySQL last prepared it anew, which nobody is told.
         */
        public void executed(boolean cursor) {
            withCursor |= cursor;
            executed = true;
        }

        /** Whether an execution of it was one with a cursor. */
        public boolean executedWithCursor() {
            return withCursor;
        }

        /** The parameter types that the server has for it; empty before the first execution. */
        public byte[] types() {
            return types;
        }

        /**
         * Records the types of an execution.
         *
         * @param state of the session whose it is
         */
        public void types(byte[] sent, SessionState state) {
            unlike |= taken && types.length > 0 && !Arrays.equals(types, sent);
            types = sent;
            typedUnder = state;
        }

        /**
         * Whether the server has these types, sent by a session of the same character sets: with the types it takes up how
         * values are converted.
         */
        public boolean has(byte[] wanted, SessionState state) {
            SessionState then = typedUnder;
            return Arrays.equals(types, wanted) && then != null && (then.equals(state) || then.hasCharsetsOf(state));
        }

        /** Records an error in the place of an execution's answer: the server may not have read the types. */
        public void failed() {
            typedUnder = null;
        }

        /** Records that it was sent long data, whose types nobody knows yet. */
        public void longDataSent() {
            unlike = true;
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

    /** Makes a statement that nobody has executed, if there is one, serve as another one. */
    public void rename(StatementText from, StatementText to) {
        Prepared prepared = byText.get(from);
        if (prepared != null && !prepared.executed) {
            byText.remove(from);
            byText.put(to, prepared);
        }
    }

    /** Gives a statement, which must be there, to one client alone until {@link #giveBack}. */
    public Prepared take(StatementText text) {
        Prepared prepared = Objects.requireNonNull(byText.remove(text), "the statement is not prepared here");
        prepared.taken = true;
        return prepared;
    }

    /**
     * Takes back what {@link #take} gave. It is closed where another of its text has come, or where its executions have made it
     * unlike one that was prepared for the text and executed with the types that it is known by.
     */
    public void giveBack(StatementText text, Prepared prepared) {
        prepared.taken = false;
        if (prepared.unlike || byText.putIfAbsent(text, prepared) != null) {
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
