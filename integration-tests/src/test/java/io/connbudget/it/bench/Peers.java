package io.connbudget.it.bench;

import io.connbudget.it.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Other proxies that multiplex, started beside ours with as many connections; {@code bench/peers} brings them. */
final class Peers {
    private final Programs programs;
    private final Target server;
    private final Path out;
    private final int backends;

    Peers(Programs programs, Target server, Options options) {
        this.programs = programs;
        this.server = server;
        this.out = options.out.toAbsolutePath();
        this.backends = options.backends;
    }

    Contender start(String name) throws IOException, InterruptedException {
        run(List.of("bench/peers", name));
        return switch (name) {
            case "router" -> router();
            case "shardingsphere" -> shardingSphere();
            default -> throw new IllegalArgumentException("--with is " + name + ", expected router or shardingsphere");
        };
    }

    /** MySQL Router with connection sharing, in its root folder. It decrypts passwords with the key of its certificate. */
    private Contender router() throws IOException, InterruptedException {
        String home = System.getenv().getOrDefault("TESTDB_HOME", System.getenv("HOME") + "/.cache/testdb");
        Path root = Path.of(home, "unstable");
        Path directory = Files.createDirectories(root.resolve("tmp/connbudget-bench"));
        run(List.of(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "30",
                "-subj",
                "/CN=bench",
                "-keyout",
                directory.resolve("key.pem").toString(),
                "-out",
                directory.resolve("cert.pem").toString()));
        int port = Programs.freePort();
        Files.writeString(
                directory.resolve("router.conf"),
                String.format(Locale.ROOT, """
                        [DEFAULT]
                        max_total_connections=60000
                        [logger]
                        level=WARNING
                        [connection_pool]
                        max_idle_server_connections=%d
                        [routing:bench]
                        bind_address=127.0.0.1
                        bind_port=%d
                        destinations=%s:%d
                        routing_strategy=first-available
                        protocol=classic
                        connection_sharing=1
                        connection_sharing_delay=0
                        max_connections=0
                        client_ssl_mode=PREFERRED
                        client_ssl_cert=/tmp/connbudget-bench/cert.pem
                        client_ssl_key=/tmp/connbudget-bench/key.pem
                        server_ssl_mode=DISABLED
                        """, backends, port, server.host(), server.port()),
                StandardCharsets.UTF_8);
        return programs.peer(
                "router",
                port,
                List.of("chroot", root.toString(), "mysqlrouter", "-c", "/tmp/connbudget-bench/router.conf"),
                false);
    }

    private Contender shardingSphere() throws IOException, InterruptedException {
        Path conf = Files.createDirectories(out.resolve("shardingsphere-conf"));
        int port = Programs.freePort();
        Files.writeString(
                conf.resolve("server.yaml"), """
                rules:
                  - !AUTHORITY
                    users:
                      - %s@%%:%s
                    provider:
                      type: ALL_PRIVILEGES_PERMITTED
                props:
                  proxy-frontend-database-protocol-type: MySQL
                  proxy-backend-query-fetch-size: -1
                """.formatted(server.user(), server.password()), StandardCharsets.UTF_8);
        Files.writeString(
                conf.resolve("config-bench.yaml"),
                """
                schemaName: %s
                dataSources:
                  ds_0:
                    url: jdbc:mysql://%s:%d/%s?useSSL=false&allowPublicKeyRetrieval=true&useServerPrepStmts=true&cachePrepStmts=true
                    username: %s
                    password: %s
                    connectionTimeoutMilliseconds: 60000
                    maxPoolSize: %d
                    minPoolSize: %d
                """.formatted(
                                server.schema(),
                                server.host(),
                                server.port(),
                                server.schema(),
                                server.user(),
                                server.password(),
                                backends,
                                backends),
                StandardCharsets.UTF_8);
        Files.writeString(
                conf.resolve("logback.xml"),
                "<configuration><root level=\"ERROR\"/></configuration>\n",
                StandardCharsets.UTF_8);
        return programs.peer(
                "shardingsphere",
                port,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "-cp",
                        conf + ":" + Path.of("target/shardingsphere").toAbsolutePath() + "/*",
                        "org.apache.shardingsphere.proxy.Bootstrap",
                        String.valueOf(port),
                        conf.toString()),
                true);
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.resolve("peers.log").toFile())
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException(String.join(" ", command) + " failed, see " + out.resolve("peers.log"));
        }
    }
}
