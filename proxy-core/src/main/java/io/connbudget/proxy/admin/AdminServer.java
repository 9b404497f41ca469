package io.connbudget.proxy.admin;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.connbudget.proxy.config.AdminConfig;
import io.connbudget.proxy.config.DoorConfig;
import io.connbudget.proxy.config.MetricsAccess;
import io.connbudget.proxy.identity.LoginBackOff;
import io.connbudget.proxy.metrics.ProxyMetrics;
import io.connbudget.proxy.operate.ProxyView;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * HTTP for operators: {@code /metrics}, {@code /healthz}, {@code /readyz}, the dashboard on {@code /} and {@code /api/*}. It has daemon threads of its own, so that a scrape never runs on an
 * event loop. It changes nothing. Who may look, {@link AdminDoor} tells; {@code /healthz} and {@code /readyz} are open to all.
 */
public final class AdminServer implements AutoCloseable {
    private static final int THREADS = 8;
    static final String PLAIN_TEXT = "text/plain; charset=utf-8";

    private final HttpServer server;
    private final ExecutorService threads;
    private final ExecutorService later;

    private AdminServer(HttpServer server, ExecutorService threads, ExecutorService later) {
        this.server = server;
        this.threads = threads;
        this.later = later;
    }

    /**
     * Listens and answers from the return on.
     *
     * @throws IOException if the address cannot be bound
     */
    public static AdminServer start(InetSocketAddress address, Supplier<String> metrics, Readiness readiness)
            throws IOException {
        return start(
                address,
                metrics,
                readiness,
                null,
                () -> new AdminConfig(List.of(), MetricsAccess.OPEN),
                new LoginBackOff(new DoorConfig(1, DoorConfig.NO_BACK_OFF, Duration.ofSeconds(1), null)));
    }

    /**
     * As above, with a dashboard and {@code /api/*} where there is a view.
     *
     * @param access who may look; asked at each request
     * @param backOff counts wrong passwords
     * @throws IOException if the address cannot be bound
     */
    public static AdminServer start(
            InetSocketAddress address,
            Supplier<String> metrics,
            Readiness readiness,
            @Nullable ProxyView view,
            Supplier<AdminConfig> access,
            LoginBackOff backOff)
            throws IOException {
        HttpServer server = HttpServer.create(address, 0);
        ScheduledExecutorService later =
                Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "admin-later"));
        AdminDoor door = new AdminDoor(access, server.getAddress().getAddress().isLoopbackAddress(), backOff, later);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> daemon(task, "admin-http"));
        server.setExecutor(threads);
        // The longest matching path wins, so this one answers for all that has no context of its own.
        if (view == null) {
            server.createContext("/", exchange -> answer(exchange, 404, PLAIN_TEXT, "not found\n"));
        } else {
            DashboardPages.addTo(server, view)
                    .forEach(context -> context.getFilters().add(door));
        }
        HttpContext scraped = server.createContext(
                "/metrics",
                exchange -> get(exchange, "/metrics", () -> new Answer(200, ProxyMetrics.CONTENT_TYPE, metrics.get())));
        scraped.getFilters().add(door.onlyWhile(() -> access.get().metrics() == MetricsAccess.USERS));
        server.createContext(
                "/healthz", exchange -> get(exchange, "/healthz", () -> new Answer(200, PLAIN_TEXT, "alive\n")));
        server.createContext("/readyz", exchange -> get(exchange, "/readyz", () -> ready(readiness)));
        startAsDaemon(server);
        return new AdminServer(server, threads, later);
    }

    /** The bound address, with the port that the system picked where 0 was asked for. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Stops at once; answers under way are cut. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        later.shutdownNow();
    }

    private static Answer ready(Readiness readiness) {
        Optional<String> reason = readiness.notReadyReason();
        return reason.map(text -> new Answer(503, PLAIN_TEXT, text + "\n"))
                .orElseGet(() -> new Answer(200, PLAIN_TEXT, "ready\n"));
    }

    private static void get(HttpExchange exchange, String path, Supplier<Answer> supplier) throws IOException {
        if (!exchange.getRequestURI().getPath().equals(path)) {
            answer(exchange, 404, PLAIN_TEXT, "not found\n");
            return;
        }
        String method = exchange.getRequestMethod().toUpperCase(Locale.ROOT);
        if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            answer(exchange, 405, PLAIN_TEXT, "method not allowed\n");
            return;
        }
        Answer answer = supplier.get();
        answer(exchange, answer.status(), answer.contentType(), answer.text());
    }

    static void answer(HttpExchange exchange, int status, String contentType, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", contentType);
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** The server's dispatcher takes the daemon flag of the thread that starts it. */
    private static void startAsDaemon(HttpServer server) throws IOException {
        Thread starter = daemon(server::start, "admin-start");
        starter.start();
        try {
            starter.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted at the start of HTTP", e);
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private record Answer(int status, String contentType, String text) {}
}
