package io.connbudget.proxy.lease;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** All logged-in clients by their connection id. Thread-safe. */
public final class ClientRegistry {
    private final AtomicInteger lastId = new AtomicInteger();
    private final ConcurrentHashMap<Long, Conversation> byId = new ConcurrentHashMap<>();

    /** An id for one more connection: 1 to 2^32 - 1, as the protocol has four bytes for it. */
    public long nextId() {
        while (true) {
            long id = Integer.toUnsignedLong(lastId.incrementAndGet());
            if (id != 0 && !byId.containsKey(id)) {
                return id;
            }
        }
    }

    void add(Conversation conversation) {
        byId.put(conversation.connectionId(), conversation);
    }

    void remove(Conversation conversation) {
        byId.remove(conversation.connectionId());
    }

    public @Nullable Conversation get(long id) {
        return byId.get(id);
    }

    /** A live view. */
    public Collection<Conversation> all() {
        return byId.values();
    }
}
