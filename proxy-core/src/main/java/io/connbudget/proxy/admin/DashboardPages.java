package io.connbudget.proxy.admin;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.proxy.operate.View;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The dashboard, {@code /api/live} that feeds it, and {@code /api/<view>} with each picture as JSON. */
final class DashboardPages {
    private static final String JSON = "application/json; charset=utf-8";

    /** Streams at once; each takes a thread. */
    private static final int STREAMS = 4;

    /** A stream ends before the server's limit for an answer does, and the browser comes again. */
    private static final int EVENTS_PER_STREAM = 7;

    /** The chart library's files in its webjar. */
    private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    /** One page with all that it needs in it: it works where there is no internet. */
    private static final String PAGE = with("uPlot.iife.min.js", with("uPlot.min.css", read("dashboard.html")));

    private final ProxyView view;
    private final LivePicture picture;
    private final Semaphore streams = new Semaphore(STREAMS);

    private DashboardPages(ProxyView view) {
        this.view = view;
        this.picture = new LivePicture(view);
    }

    /** Returns what was added. */
    static List<HttpContext> addTo(HttpServer server, ProxyView view) {
        DashboardPages pages = new DashboardPages(view);
        return List.of(server.createContext("/api/", pages::api), server.createContext("/", pages::page));
    }

    private void page(HttpExchange exchange) throws IOException {
        boolean known = exchange.getRequestURI().getPath().equals("/");
        if (known) {
            // Everything is in the page itself; nothing comes from elsewhere.
            exchange.getResponseHeaders()
                    .set(
                            "Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:");
        }
        AdminServer.answer(
                exchange,
                known ? 200 : 404,
                known ? "text/html; charset=utf-8" : AdminServer.PLAIN_TEXT,
                known ? PAGE : "not found\n");
    }

    private void api(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring("/api/".length());
        String method = exchange.getRequestMethod().toUpperCase(Locale.ROOT);
        if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            AdminServer.answer(exchange, 405, AdminServer.PLAIN_TEXT, "method not allowed\n");
            return;
        }
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        View wanted = View.named(name);
        if (name.equals("live") && method.equals("GET")) {
            stream(exchange);
        } else if (name.equals("picture")) {
            AdminServer.answer(exchange, 200, JSON, picture.json() + "\n");
        } else if (wanted != null) {
            AdminServer.answer(exchange, 200, JSON, JsonTables.array(wanted.of(view)) + "\n");
        } else {
            AdminServer.answer(exchange, 404, AdminServer.PLAIN_TEXT, "not found\n");
        }
    }

    private void stream(HttpExchange exchange) throws IOException {
        if (!streams.tryAcquire()) {
            exchange.getResponseHeaders().set("Retry-After", "2");
            AdminServer.answer(exchange, 503, AdminServer.PLAIN_TEXT, "as many look already as can be served\n");
            return;
        }
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            for (int i = 0; i < EVENTS_PER_STREAM; i++) {
                out.write(("retry: 300\ndata: " + picture.json() + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
                TimeUnit.SECONDS.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            streams.release();
        }
    }

    /** Puts a file of the chart library into the place that the page has for it. */
    private static String with(String file, String page) {
        String place = "/*{" + file + "}*/";
        if (!page.contains(place)) {
            throw new IllegalStateException("dashboard.html has no place for " + file);
        }
        return page.replace(place, read(CHARTS + file));
    }

    private static String read(String name) {
        try (@Nullable InputStream in = DashboardPages.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }
}
