package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.utility.DockerImageName;

/**
 * The image of {@code docker/Dockerfile} beside a MySQL. It is built from the packaged jars, or named by {@code TEST_CONNBUDGET_IMAGE}; the
 * MySQL's image by {@code TEST_MYSQL_IMAGE}.
 */
@Tag("image")
final class ImageTest {
    private static final int BUDGET = 8;
    private static final int CLIENTS = 100;

    private static GenericContainer<?> proxyContainer() {
        String image = System.getenv("TEST_CONNBUDGET_IMAGE");
        if (image != null) {
            return new GenericContainer<>(DockerImageName.parse(image));
        }
        Path root = Path.of("..").toAbsolutePath().normalize();
        return new GenericContainer<>(new ImageFromDockerfile("connbudget-test", false)
                .withFileFromPath("Dockerfile", root.resolve("docker/Dockerfile"))
                .withFileFromPath("proxy-core/target/lib", root.resolve("proxy-core/target/lib"))
                .withFileFromPath(
                        "proxy-core/target/connbudget-proxy-core-0.1.0-SNAPSHOT.jar",
                        root.resolve("proxy-core/target/connbudget-proxy-core-0.1.0-SNAPSHOT.jar")));
    }

    @Test
    void servesManyClientsOnItsBudgetAndEndsWell() throws Exception {
        String mysqlImage = System.getenv().getOrDefault("TEST_MYSQL_IMAGE", "mysql:9.7");
        try (Network network = Network.newNetwork();
                GenericContainer<?> mysql = new GenericContainer<>(mysqlImage);
                GenericContainer<?> proxy = proxyContainer()) {
            mysql.withNetwork(network)
                    .withNetworkAliases("mysql")
                    .withEnv("MYSQL_ROOT_PASSWORD", "root")
                    .withEnv("MYSQL_DATABASE", "app")
                    .withEnv("MYSQL_USER", "app")
                    .withEnv("MYSQL_PASSWORD", "app")
                    .withExposedPorts(3306)
                    .waitingFor(Wait.forLogMessage(".*ready for connections.*port: 3306.*", 1))
                    .withStartupTimeout(Duration.ofMinutes(4));
            proxy.withNetwork(network)
                    .withEnv("CONNBUDGET_BACKEND_ADDRESS", "mysql:3306")
                    .withEnv("CONNBUDGET_BACKEND_USER", "app")
                    .withEnv("CONNBUDGET_BACKEND_PASSWORD", "app")
                    .withEnv("CONNBUDGET_BUDGET_MAX_CONNECTIONS", String.valueOf(BUDGET))
                    .withEnv("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "60s")
                    .withEnv("CONNBUDGET_CONSOLE", "0.0.0.0:6032")
                    .withEnv("CONNBUDGET_ADMIN_USERS_0_NAME", "op")
                    .withEnv("CONNBUDGET_ADMIN_USERS_0_PASSWORD", "op")
                    .withEnv("CONNBUDGET_ADMIN_USERS_0_ROLE", "operator")
                    .withExposedPorts(3307, 6032, 9104)
                    .waitingFor(Wait.forHealthcheck())
                    .withStartupTimeout(Duration.ofMinutes(2));
            mysql.start();
            proxy.start();

            Queue<String> errors = new ConcurrentLinkedQueue<>();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Thread client = new Thread(() -> {
                    try (Connection connection = connect(proxy, 3307, "app", "app", "app")) {
                        for (int n = 0; n < 10; n++) {
                            assertThat(number(connection, "SELECT 7")).isEqualTo(7);
                        }
                    } catch (SQLException | AssertionError e) {
                        errors.add(e.toString());
                    }
                });
                client.start();
                clients.add(client);
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(errors).isEmpty();
            try (Connection root = connect(mysql, 3306, "", "root", "root")) {
                assertThat(number(root, "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'"))
                        .isBetween(1L, (long) BUDGET);
            }
            assertThat(proxy.execInContainer("id", "-u").getStdout().strip()).isEqualTo("10001");
            try (Connection console = connect(proxy, 6032, "", "op", "op");
                    Statement statement = console.createStatement()) {
                assertThat(number(console, "SHOW LISTS WHERE list = clients")).isZero();
                statement.execute("SHUTDOWN WAIT");
            }
            assertThatThrownBy(() -> {
                        while (true) {
                            connect(proxy, 3307, "app", "app", "app").close();
                        }
                    })
                    .isInstanceOf(SQLException.class);
            int exit = proxy.getDockerClient()
                    .waitContainerCmd(proxy.getContainerId())
                    .start()
                    .awaitStatusCode();
            assertThat(exit).isZero();
        }
    }

    private static Connection connect(
            GenericContainer<?> container, int port, String schema, String user, String password) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mysql://" + container.getHost() + ":" + container.getMappedPort(port) + "/" + schema
                        + "?allowPublicKeyRetrieval=true&sslMode=PREFERRED",
                user,
                password);
    }

    /** The last column of the first row. */
    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(rows.getMetaData().getColumnCount());
        }
    }
}
