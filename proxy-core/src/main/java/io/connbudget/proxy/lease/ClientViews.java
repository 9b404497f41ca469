package io.connbudget.proxy.lease;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Pictures of all clients: each is taken on the client's own event loop. */
public final class ClientViews {
    private static final long LIMIT_SECONDS = 2;

    private ClientViews() {}

    /**
     * All logged-in clients by connection id; those of an event loop that does not answer within 2 s are left out. Blocks;
     * must not be called on an event loop.
     */
    public static List<ClientView> of(ClientRegistry clients) throws InterruptedException {
        Map<EventLoop, List<Conversation>> byLoop = new HashMap<>();
        for (Conversation client : clients.all()) {
            byLoop.computeIfAbsent(client.lease().eventLoop(), loop -> new ArrayList<>())
                    .add(client);
        }
        List<CompletableFuture<List<ClientView>>> parts = new ArrayList<>();
        byLoop.forEach((loop, conversations) -> parts.add(CompletableFuture.supplyAsync(
                () -> conversations.stream().map(Conversation::view).toList(), loop)));
        List<ClientView> views = new ArrayList<>();
        for (CompletableFuture<List<ClientView>> part : parts) {
            try {
                views.addAll(part.get(LIMIT_SECONDS, TimeUnit.SECONDS));
            } catch (TimeoutException e) {
                part.cancel(false);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a picture of clients failed", e.getCause());
            }
        }
        views.sort(Comparator.comparingLong(ClientView::connectionId));
        return List.copyOf(views);
    }
}
