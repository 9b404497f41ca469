package io.connbudget.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.config.AdminAccount;
import io.connbudget.proxy.config.AdminConfig;
import io.connbudget.proxy.config.AdminRole;
import io.connbudget.proxy.config.DoorConfig;
import io.connbudget.proxy.config.MetricsAccess;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.identity.LoginBackOff;
import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.proxy.testing.Eventually;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who may look over HTTP. */
class AdminDoorTest {
    private static final List<AdminAccount> USERS = List.of(
            new AdminAccount("look", Secret.of("a:b ü"), AdminRole.READ_ONLY),
            new AdminAccount("op", Secret.of("right"), AdminRole.OPERATOR));
    private static final List<String> DOORED = List.of("/", "/api/lists", "/api/nothing", "/elsewhere");
    private static final List<String> OPEN = List.of("/healthz", "/readyz");

    private final HttpClient client = HttpClient.newHttpClient();

    private static AdminServer start(String address, AdminConfig access) throws Exception {
        ProxyView view = (ProxyView) Proxy.newProxyInstance(
                AdminDoorTest.class.getClassLoader(),
                new Class<?>[] {ProxyView.class},
                (proxy, method, arguments) -> List.of());
        return start(address, access, new DoorConfig(1, DoorConfig.NO_BACK_OFF, Duration.ofSeconds(1), null), view);
    }

    private static AdminServer start(String address, AdminConfig access, DoorConfig door, ProxyView view)
            throws Exception {
        return AdminServer.start(
                new InetSocketAddress(address, 0),
                () -> "m 1\n",
                Optional::empty,
                view,
                () -> access,
                new LoginBackOff(door));
    }

    private int status(AdminServer server, String path, String credentials) throws Exception {
        return send(server, path, credentials).statusCode();
    }

    private HttpResponse<String> send(AdminServer server, String path, String credentials) throws Exception {
        return client.send(request(server, path, credentials), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest request(AdminServer server, String path, String credentials) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.address().getPort() + path));
        if (credentials != null) {
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
        }
        return request.build();
    }

    @Test
    void withAdministratorsEverybodyGivesNameAndPassword() throws Exception {
        for (String address : List.of("127.0.0.1", "0.0.0.0")) {
            try (AdminServer server = start(address, new AdminConfig(USERS, MetricsAccess.OPEN))) {
                for (String path : DOORED) {
                    List<Integer> refused = new ArrayList<>();
                    for (String wrong : new String[] {null, "op:wrong", "nobody:right", "nobody:", "op:", "op", ""}) {
                        refused.add(status(server, path, wrong));
                    }
                    assertThat(refused).as(path).containsOnly(401);
                }
                assertThat(send(server, "/api/lists", null).headers().firstValue("WWW-Authenticate"))
                        .hasValue("Basic realm=\"connbudget\", charset=\"UTF-8\"");
                for (String right : List.of("op:right", "look:a:b ü")) {
                    assertThat(status(server, "/", right)).isEqualTo(200);
                    assertThat(status(server, "/api/lists", right)).isEqualTo(200);
                    assertThat(status(server, "/api/nothing", right)).isEqualTo(404);
                }
                for (String path : OPEN) {
                    assertThat(status(server, path, null)).isEqualTo(200);
                }
                assertThat(status(server, "/metrics", null)).isEqualTo(200);
            }
        }
    }

    @Test
    void metricsAreForAdministratorsWhereTheSettingSaysSo() throws Exception {
        try (AdminServer server = start("127.0.0.1", new AdminConfig(USERS, MetricsAccess.USERS))) {
            assertThat(status(server, "/metrics", null)).isEqualTo(401);
            assertThat(send(server, "/metrics", "op:right").body()).isEqualTo("m 1\n");
            for (String path : OPEN) {
                assertThat(status(server, path, null)).isEqualTo(200);
            }
        }
    }

    @Test
    void withoutAdministratorsOnlyTheMachineItselfMayLook() throws Exception {
        AdminConfig none = new AdminConfig(List.of(), MetricsAccess.OPEN);
        try (AdminServer server = start("127.0.0.1", none)) {
            assertThat(status(server, "/", null)).isEqualTo(200);
            assertThat(status(server, "/api/lists", null)).isEqualTo(200);
        }
        try (AdminServer server = start("0.0.0.0", none)) {
            for (String path : DOORED) {
                assertThat(status(server, path, "op:right")).as(path).isEqualTo(403);
            }
            assertThat(send(server, "/", null).body()).contains("admin.users");
            assertThat(status(server, "/metrics", null)).isEqualTo(200);
            for (String path : OPEN) {
                assertThat(status(server, path, null)).isEqualTo(200);
            }
        }
    }

    /** Answers to guesses are held back, as many as one address may wait for; then nothing more is heard from it. */
    @Test
    void whoGuessesIsAnsweredLaterAndThenNotHeard() throws Exception {
        ProxyView view = (ProxyView) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ProxyView.class}, (proxy, method, arguments) -> List.of());
        DoorConfig door = new DoorConfig(1, 1, Duration.ofSeconds(20), null);
        try (AdminServer server = start("127.0.0.1", new AdminConfig(USERS, MetricsAccess.OPEN), door, view)) {
            assertThat(status(server, "/api/lists", "op:wrong")).isEqualTo(401);
            assertThat(status(server, "/api/lists", null)).as("no guess").isEqualTo(401);
            List<CompletableFuture<HttpResponse<String>>> guesses = new ArrayList<>();
            for (int i = 0; i < AdminDoor.MAX_HELD_BACK; i++) {
                guesses.add(client.sendAsync(
                        request(server, "/api/lists", "op:guess" + i), HttpResponse.BodyHandlers.ofString()));
            }
            // The right password is as good as any while the others wait: nobody learns by asking in parallel.
            Eventually.await("so many wait", () -> {
                try {
                    return status(server, "/api/lists", "op:right") == 429;
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            assertThat(guesses).noneMatch(CompletableFuture::isDone);
            assertThat(status(server, "/healthz", null)).isEqualTo(200);
        }
    }

    /** A browser names the page's own host, whatever that resolves to. */
    @Test
    void withoutAdministratorsTheRequestMustNameTheMachine() throws Exception {
        try (AdminServer server = start("127.0.0.1", new AdminConfig(List.of(), MetricsAccess.OPEN))) {
            for (String host : List.of("127.0.0.1", "localhost:9104", "LOCALHOST", "[::1]:9104", "10.0.0.1:80")) {
                assertThat(statusLine(server, "/api/lists", "Host: " + host + "\r\n"))
                        .as(host)
                        .contains(" 200 ");
            }
            for (String host :
                    List.of("evil.example", "evil.example:9104", "127.0.0.1.evil.example", "localhost.", "")) {
                assertThat(statusLine(server, "/api/lists", "Host: " + host + "\r\n"))
                        .as(host)
                        .contains(" 403 ");
            }
            assertThat(statusLine(server, "/healthz", "Host: probe.example\r\n"))
                    .contains(" 200 ");
        }
    }

    private static String statusLine(AdminServer server, String path, String header) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.address().getPort())) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\n" + header + "Connection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return all.substring(0, Math.max(0, all.indexOf('\r')));
        }
    }
}
