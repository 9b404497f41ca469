package io.connbudget.budget;

import org.jspecify.annotations.Nullable;

/**
 * A doubly linked list whose links belong to its members, so that joining and leaving, also from the middle, cost no
 * allocation and no search. A link is in at most one chain at a time.
 */
final class Chain<T> {

    /** A member's place in a chain. */
    static final class Link<T> {
        final T owner;
        private @Nullable Chain<T> chain;
        private @Nullable Link<T> before;
        private @Nullable Link<T> after;

        Link(T owner) {
            this.owner = owner;
        }

        boolean isLinked() {
            return chain != null;
        }

        /** The member behind this one, null at the end. */
        @Nullable T next() {
            return after == null ? null : after.owner;
        }
    }

    private @Nullable Link<T> head;
    private @Nullable Link<T> tail;
    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return head == null;
    }

    @Nullable T first() {
        return head == null ? null : head.owner;
    }

    void append(Link<T> link) {
        if (link.chain != null) {
            throw new IllegalStateException("a link is in one chain at a time");
        }
        link.chain = this;
        link.before = tail;
        if (tail == null) {
            head = link;
        } else {
            tail.after = link;
        }
        tail = link;
        size++;
    }

    void remove(Link<T> link) {
        if (link.chain != this) {
            throw new IllegalStateException("the link is not in this chain");
        }
        if (link.before == null) {
            head = link.after;
        } else {
            link.before.after = link.after;
        }
        if (link.after == null) {
            tail = link.before;
        } else {
            link.after.before = link.before;
        }
        link.chain = null;
        link.before = null;
        link.after = null;
        size--;
    }

    void moveToEnd(Link<T> link) {
        if (tail != link) {
            remove(link);
            append(link);
        }
    }
}
