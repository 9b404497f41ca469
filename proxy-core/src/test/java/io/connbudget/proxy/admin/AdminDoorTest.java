package io.connbudget.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.config.AdminAccount;
import io.connbudget.proxy.config.AdminConfig;
import io.connbudget.proxy.config.AdminRole;
import io.connbudget.proxy.config.MetricsAccess;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.operate.ProxyView;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
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
        return AdminServer.start(new InetSocketAddress(address, 0), () -> "m 1\n", Optional::empty, view, () -> access);
    }

    private int status(AdminServer server, String path, String credentials) throws Exception {
        return send(server, path, credentials).statusCode();
    }

    private HttpResponse<String> send(AdminServer server, String path, String credentials) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.address().getPort() + path));
        if (credentials != null) {
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
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
}
