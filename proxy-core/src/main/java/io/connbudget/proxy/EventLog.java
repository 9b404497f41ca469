package io.connbudget.proxy;

import io.connbudget.proxy.operate.EventRow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The last things that happened, for consoles. Thread-safe; an entry costs a short lock. */
final class EventLog {
    private static final int KEPT = 200;

    private final ArrayDeque<EventRow> events = new ArrayDeque<>();

    synchronized void add(String event, String detail) {
        if (events.size() == KEPT) {
            events.removeLast();
        }
        events.addFirst(new EventRow(Moments.now(), event, detail));
    }

    /** The newest first. */
    synchronized List<EventRow> all() {
        return new ArrayList<>(events);
    }
}
