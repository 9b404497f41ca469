package io.connbudget.budget.planning;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What happens next on virtual time: a binary heap of actors, those of one moment in the order in which they were added. */
final class Agenda {
    /** Somebody who does something at a time; stands in the agenda once at most. */
    abstract static class Actor {
        long at;
        private long order;

        abstract void act(long nowNanos);
    }

    private @Nullable Actor[] heap = new Actor[64];
    private int size;
    private long added;

    void add(Actor actor, long atNanos) {
        actor.at = atNanos;
        actor.order = added++;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        int hole = size++;
        while (hole > 0) {
            int parent = (hole - 1) >> 1;
            Actor above = at(parent);
            if (before(above, actor)) {
                break;
            }
            heap[hole] = above;
            hole = parent;
        }
        heap[hole] = actor;
    }

    @Nullable Actor poll() {
        if (size == 0) {
            return null;
        }
        Actor first = at(0);
        Actor last = at(--size);
        heap[size] = null;
        if (size > 0) {
            sink(last);
        }
        return first;
    }

    private void sink(Actor actor) {
        int hole = 0;
        for (int child = 1; child < size; child = 2 * hole + 1) {
            if (child + 1 < size && before(at(child + 1), at(child))) {
                child++;
            }
            if (before(actor, at(child))) {
                break;
            }
            heap[hole] = at(child);
            hole = child;
        }
        heap[hole] = actor;
    }

    private Actor at(int index) {
        Actor actor = heap[index];
        if (actor == null) {
            throw new IllegalStateException("no actor at " + index + " of " + size);
        }
        return actor;
    }

    private static boolean before(Actor a, Actor b) {
        return a.at != b.at ? a.at < b.at : a.order < b.order;
    }
}
