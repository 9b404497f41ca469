package io.connbudget.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.config.HostPort;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.Secret;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineAppTest {
    @TempDir
    Path directory;

    private final List<String> events = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private ProxyConfig config;
    private Exception startFailure;
    private Path secret;

    @BeforeEach
    void writeSecret() throws Exception {
        secret = Files.writeString(directory.resolve("secret.txt"), "pass\n");
    }

    @Test
    void theLineOfTheReadmeServesAndDrains() {
        int code = run(Map.of(), serve("--http", "127.0.0.1:0"));

        assertThat(code).isZero();
        assertThat(events).containsExactly("created", "signals", "started", "drain PT30S", "closed");
        assertThat(config.listen()).isEqualTo(new HostPort("127.0.0.1", 3307));
        assertThat(config.http()).isEqualTo(new HostPort("127.0.0.1", 0));
        assertThat(config.backend().address()).isEqualTo(new HostPort("127.0.0.1", 3306));
        assertThat(config.backend().user()).isEqualTo("app");
        assertThat(config.backend().password()).isEqualTo(Secret.of("pass"));
        assertThat(config.budget().maxConnections()).isEqualTo(16);
        assertThat(config.clientAccounts()).singleElement().extracting("name").isEqualTo("app");
    }

    @Test
    void aFileWorksAndFlagsOverrideIt() throws Exception {
        Path file = Files.writeString(
                directory.resolve("c.yaml"),
                "{http: off, backend: {address: 'db:1', user: u, password: p}, budget: {max-connections: 4}, drain-timeout: 7s}");

        assertThat(run(Map.of("CONNBUDGET_BACKEND_USER", "v"), "serve", "--config", file.toString(), "--budget", "5"))
                .isZero();
        assertThat(config.budget().maxConnections()).isEqualTo(5);
        assertThat(config.backend().user()).isEqualTo("v");
        assertThat(events).contains("drain PT7S");
    }

    @Test
    void wrongConfigurationEndsWith2AndStartsNothing() {
        assertThat(run(Map.of(), "serve", "--budget", "none")).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        "connbudget: flag --budget: budget.max-connections is \"none\"; expected `auto` or a whole number of at least 1\n")
                .contains("connbudget: backend.address is missing");
        assertThat(events).isEmpty();
    }

    @Test
    void wrongUsageEndsWith2() {
        assertThat(run(Map.of(), "serve", "--budgt", "3")).isEqualTo(2);
        assertThat(err.toString()).contains("--budget");
        assertThat(run(Map.of())).isEqualTo(2);
        assertThat(run(Map.of(), "sreve")).isEqualTo(2);
    }

    @Test
    void aFailedStartEndsWith1AndCloses() {
        startFailure = new java.net.BindException("Address already in use");

        assertThat(run(Map.of(), serve("--http", "off"))).isEqualTo(1);
        assertThat(events).containsExactly("created", "signals", "closed");
    }

    @Test
    void anHttpPortInUseEndsWith1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run(Map.of(), serve("--http", "127.0.0.1:" + taken.getLocalPort())))
                    .isEqualTo(1);
        }
        assertThat(events).containsExactly("created", "closed");
    }

    @Test
    void versionIsOneLine() {
        assertThat(run(Map.of(), "--version")).isZero();
        assertThat(out.toString()).startsWith("connbudget ").hasLineCount(1);
    }

    @Test
    void warmUpStartsAndCloses() {
        assertThat(run(Map.of(), "warm-up")).isZero();
        assertThat(events).containsExactly("created", "started", "closed");
    }

    @Test
    void noFlagTakesAPassword() {
        run(Map.of(), "serve", "--help");

        assertThat(out.toString())
                .contains("--password-file", "--password-env")
                .doesNotContain("--password=", "--password ");
    }

    private String[] serve(String... more) {
        List<String> line = new ArrayList<>(List.of(
                "serve",
                "--listen",
                "127.0.0.1:3307",
                "--backend",
                "127.0.0.1:3306",
                "--user",
                "app",
                "--password-file"));
        line.add(secret.toString());
        line.addAll(List.of("--budget", "16"));
        line.addAll(List.of(more));
        return line.toArray(new String[0]);
    }

    private int run(Map<String, String> environment, String... arguments) {
        CommandLineApp app = new CommandLineApp(
                (loaded, metrics) -> {
                    config = loaded;
                    events.add("created");
                    return new RecordedProxy();
                },
                environment,
                new Signals() {
                    @Override
                    public void install() {
                        events.add("signals");
                    }

                    @Override
                    public String awaitFirst() {
                        return "TERM";
                    }
                });
        app.redirect(new PrintWriter(out, true), new PrintWriter(err, true));
        return app.run(arguments);
    }

    private final class RecordedProxy implements ProxyLifecycle {
        @Override
        public void start() throws Exception {
            if (startFailure != null) {
                throw startFailure;
            }
            events.add("started");
        }

        @Override
        public InetSocketAddress clientAddress() {
            return config.listen().resolve();
        }

        @Override
        public Optional<String> notReadyReason() {
            return Optional.empty();
        }

        @Override
        public void drain(Duration deadline) {
            events.add("drain " + deadline);
        }

        @Override
        public void close() {
            events.add("closed");
        }
    }
}
