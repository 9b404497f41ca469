package io.connbudget.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.metrics.ProxyMetrics;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private final AtomicReference<String> reason = new AtomicReference<>();
    private final ProxyMetrics metrics = new ProxyMetrics();
    private final HttpClient client = HttpClient.newHttpClient();
    private AdminServer server;

    @BeforeEach
    void start() throws Exception {
        server = AdminServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                metrics::scrape,
                () -> Optional.ofNullable(reason.get()));
    }

    @AfterEach
    void stop() {
        server.close();
        metrics.close();
    }

    @Test
    void readinessFollowsItsReason() throws Exception {
        assertThat(send("GET", "/readyz"))
                .extracting(HttpResponse::statusCode, HttpResponse::body)
                .containsExactly(200, "ready\n");
        reason.set("draining");
        assertThat(send("GET", "/readyz"))
                .extracting(HttpResponse::statusCode, HttpResponse::body)
                .containsExactly(503, "draining\n");
        assertThat(send("GET", "/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void metricsComeAsPrometheusReadsThem() throws Exception {
        HttpResponse<String> answer = send("GET", "/metrics");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(answer.body()).contains("# TYPE connbudget_clients gauge\nconnbudget_clients 0.0\n");
    }

    @Test
    void headHasNoBody() throws Exception {
        assertThat(send("HEAD", "/metrics"))
                .extracting(HttpResponse::statusCode, HttpResponse::body)
                .containsExactly(200, "");
    }

    @Test
    void allElseIsRefused() throws Exception {
        assertThat(send("GET", "/").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/metricsx").statusCode()).isEqualTo(404);
        assertThat(send("GET", "/readyz/x").statusCode()).isEqualTo(404);
        HttpResponse<String> post = send("POST", "/metrics");
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @Test
    void itsThreadsDoNotKeepTheProcessAlive() throws Exception {
        send("GET", "/healthz");

        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith("HTTP-Dispatcher")
                        || thread.getName().startsWith("admin-http"))
                .isNotEmpty()
                .allMatch(Thread::isDaemon);
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.address().getPort() + path);
        return client.send(
                HttpRequest.newBuilder(uri)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
