package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Prometheus makes of the proxy: the metrics, the alert rules and the dashboard of {@code docker/}. */
@Tag("clients")
final class MetricsTest {
    private static final Path DOCKER = Path.of("..", "docker").toAbsolutePath().normalize();
    private static final Pattern FAILED_RULE = Pattern.compile("\"health\":\"(?!ok)");

    @TempDir
    private Path directory;

    @Test
    void promtoolFindsNothingToSayAndEachRuleFiresOnWhatItIsFor() throws Exception {
        ClientProgram.program("promtool", "prometheus");
        Path alerts = DOCKER.resolve("prometheus");

        assertThat(said(alerts, null, "promtool", "test", "rules", "connbudget-alerts-test.yml"))
                .contains("SUCCESS");
        assertThat(said(alerts, null, "promtool", "check", "config", "prometheus.yml"))
                .contains("SUCCESS");
    }

    @Test
    void aPrometheusScrapesItAndTheDashboardsQueriesGiveData() throws Exception {
        ClientProgram.program("prometheus", "prometheus");
        String python = ClientProgram.pythonWith("json", "python3");
        try (DatabaseServers servers = DatabaseServers.find();
                TestDatabase database = TestDatabase.create(servers.all().get(0), "metrics");
                ProxyProcess proxy = ProxyProcess.start(database, 4)) {
            int port = freePort();
            Process prometheus = prometheus(port, proxy.httpPort());
            AtomicBoolean stop = new AtomicBoolean();
            Thread worker = new Thread(() -> work(proxy, stop));
            worker.start();
            try {
                String url = "http://127.0.0.1:" + port;
                // A rate needs two scrapes with work between them.
                Await.until(
                        "each query gives data",
                        () -> succeeds(
                                python, DOCKER.resolve("grafana/check.py").toString(), url));
                String rules = get(url + "/api/v1/rules");
                assertThat(rules).contains("ConnbudgetExhaustionForecast");
                assertThat(FAILED_RULE.matcher(rules).results().count())
                        .as("rules that cannot be evaluated, in %s", rules)
                        .isZero();
            } finally {
                stop.set(true);
                worker.join();
                prometheus.destroy();
                prometheus.waitFor();
            }

            List<Connection> clients = new ArrayList<>();
            join(clients, proxy, "some");
            String before = proxy.get("/metrics");
            Path scraped = Files.writeString(directory.resolve("metrics.txt"), before);
            assertThat(said(directory, scraped, "promtool", "check", "metrics")).isEmpty();

            join(clients, proxy, "more");
            assertThat(series(proxy.get("/metrics")))
                    .as("time series, of which no client has one of its own")
                    .isEqualTo(series(before));
            for (Connection client : clients) {
                client.close();
            }
        }
    }

    private static void join(List<Connection> clients, ProxyProcess proxy, String name) throws SQLException {
        for (int i = 0; i < 20; i++) {
            Connection client = proxy.target().connect("connectionAttributes=program_name:" + name + "-" + i);
            clients.add(client);
            try (Statement statement = client.createStatement()) {
                statement.execute("SELECT " + i);
            }
        }
    }

    private static void work(ProxyProcess proxy, AtomicBoolean stop) {
        try (Connection client = proxy.target().connect();
                PreparedStatement prepared = client.prepareStatement("SELECT ?")) {
            while (!stop.get()) {
                prepared.setInt(1, 1);
                prepared.execute();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Process prometheus(int port, int scraped) throws IOException {
        Path config = Files.writeString(directory.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: connbudget
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                """.formatted(
                        DOCKER.resolve("prometheus/connbudget-alerts.yml"), scraped));
        return new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=error")
                .inheritIO()
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static long series(String metrics) {
        return metrics.lines().filter(line -> !line.startsWith("#")).count();
    }

    private static String get(String url) throws IOException {
        try (InputStream body = URI.create(url).toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private boolean succeeds(String... command) throws Exception {
        return start(directory, null, command).exitCode() == 0;
    }

    /** What it says; fails where it does not end with 0. */
    private String said(Path in, Path input, String... command) throws Exception {
        Result result = start(in, input, command);
        assertThat(result.exitCode())
                .as("exit code of %s, which said:%n%s", String.join(" ", command), result.output())
                .isZero();
        return result.output();
    }

    private record Result(int exitCode, String output) {}

    private Result start(Path in, Path input, String... command) throws Exception {
        Path output = directory.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        if (input != null) {
            builder.redirectInput(input.toFile());
        }
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as("%s ends", String.join(" ", command))
                .isTrue();
        return new Result(process.exitValue(), Files.readString(output).strip());
    }
}
