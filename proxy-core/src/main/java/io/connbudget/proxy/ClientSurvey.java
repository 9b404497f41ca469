package io.connbudget.proxy;

import io.connbudget.proxy.lease.ClientFacts;
import io.connbudget.proxy.lease.ClientRegistry;
import io.connbudget.proxy.lease.Conversation;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks every client's event loop what its clients do. Thread-safe; blocks up to a second, so not for an event loop. */
final class ClientSurvey {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSurvey.class);
    private static final long LIMIT_MILLIS = 1000;

    private final ClientRegistry clients;

    ClientSurvey(ClientRegistry clients) {
        this.clients = clients;
    }

    /** Those that pass, in no order; those of an event loop that does not answer in time are left out. */
    List<ClientFacts> clients(Predicate<Conversation> passes) {
        Map<EventLoop, List<Conversation>> byLoop = new HashMap<>();
        for (Conversation client : clients.all()) {
            byLoop.computeIfAbsent(client.lease().eventLoop(), loop -> new ArrayList<>())
                    .add(client);
        }
        List<CompletableFuture<List<ClientFacts>>> answers = new ArrayList<>();
        byLoop.forEach((loop, list) -> answers.add(ask(loop, list, passes)));
        List<ClientFacts> all = new ArrayList<>();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
        for (CompletableFuture<List<ClientFacts>> answer : answers) {
            try {
                all.addAll(answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
            } catch (TimeoutException | ExecutionException e) {
                // An event loop that hangs or has ended: what is known of the others is still worth seeing.
                LOG.debug("an event loop did not answer", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return all;
            }
        }
        return all;
    }

    private static CompletableFuture<List<ClientFacts>> ask(
            EventLoop loop, List<Conversation> clients, Predicate<Conversation> passes) {
        CompletableFuture<List<ClientFacts>> answer = new CompletableFuture<>();
        try {
            loop.execute(() -> {
                try {
                    answer.complete(clients.stream()
                            .filter(passes)
                            .map(Conversation::facts)
                            .toList());
                } catch (RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.complete(List.of());
        }
        return answer;
    }
}
