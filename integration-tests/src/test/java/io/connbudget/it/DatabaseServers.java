package io.connbudget.it;

import io.connbudget.it.DatabaseServer.Kind;
import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.mysql.MySQLContainer;

/**
 * The servers of this test run: those that TEST_MYSQL_* and TEST_MARIADB_* name, both if both do; else a container of
 * mysql:9.7 where a Docker engine runs it; else the embedded MariaDB.
 */
public final class DatabaseServers implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 200;

    private final List<DatabaseServer> servers;
    private final AutoCloseable started;

    private DatabaseServers(List<DatabaseServer> servers, AutoCloseable started) {
        this.servers = List.copyOf(servers);
        this.started = started;
        System.out.println("connbudget tests: database servers: " + servers);
    }

    /** Finds them, or starts one. */
    public static DatabaseServers find() {
        List<DatabaseServer> named = named(System.getenv());
        if (named.size() < Kind.values().length && Boolean.getBoolean("connbudget.requireServers")) {
            throw new IllegalStateException(
                    "TEST_MYSQL_HOST and TEST_MARIADB_HOST must be set, with the profile all-clients; found " + named);
        }
        if (!named.isEmpty()) {
            return new DatabaseServers(named, () -> {});
        }
        DatabaseServers container = dockerAnswers() ? container() : null;
        return container != null ? container : embedded();
    }

    static List<DatabaseServer> named(Map<String, String> environment) {
        List<DatabaseServer> named = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            String prefix = "TEST_" + kind + "_";
            String host = environment.get(prefix + "HOST");
            if (host != null && !host.isEmpty()) {
                named.add(new DatabaseServer(
                        kind.name().toLowerCase(Locale.ROOT),
                        kind,
                        host,
                        Integer.parseInt(environment.getOrDefault(prefix + "PORT", "3306")),
                        environment.getOrDefault(prefix + "USER", "root"),
                        environment.getOrDefault(prefix + "PASSWORD", "")));
            }
        }
        return named;
    }

    private static boolean dockerAnswers() {
        try {
            return DockerClientFactory.instance().isDockerAvailable();
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Null where the engine cannot run the image, for instance because it cannot be pulled. */
    @SuppressWarnings("resource")
    private static @Nullable DatabaseServers container() {
        MySQLContainer container = new MySQLContainer("mysql:9.7")
                .withUsername("root")
                .withPassword("root")
                .withCommand(
                        "--max-connections=" + MAX_CONNECTIONS, "--local-infile=1", "--max-allowed-packet=1073741824");
        try {
            container.start();
        } catch (RuntimeException e) {
            System.out.println("connbudget tests: the Docker engine does not run mysql:9.7: " + e.getMessage());
            return null;
        }
        DatabaseServer server = new DatabaseServer(
                "mysql-container",
                Kind.MYSQL,
                container.getHost(),
                container.getMappedPort(MySQLContainer.MYSQL_PORT),
                "root",
                "root");
        return new DatabaseServers(List.of(server), container::stop);
    }

    private static DatabaseServers embedded() {
        try {
            EmbeddedMariaDb database = EmbeddedMariaDb.start(MAX_CONNECTIONS, List.of());
            return new DatabaseServers(List.of(of(database)), database);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "no database server for the tests: neither TEST_MYSQL_HOST nor TEST_MARIADB_HOST is set, no Docker"
                            + " engine answers, and the embedded MariaDB did not start",
                    e);
        }
    }

    static DatabaseServer of(EmbeddedMariaDb database) {
        return new DatabaseServer(
                "embedded-mariadb",
                Kind.MARIADB,
                EmbeddedMariaDb.HOST,
                database.port(),
                EmbeddedMariaDb.ADMIN_USER,
                EmbeddedMariaDb.ADMIN_PASSWORD);
    }

    /** One at the least. */
    public List<DatabaseServer> all() {
        return servers;
    }

    @Override
    public void close() throws Exception {
        started.close();
    }
}
