package io.connbudget.proxy.testing;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.connbudget.proxy.cli.demo.EmbeddedMariaDb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The real servers of the tests: those that TEST_MYSQL_* and TEST_MARIADB_* name (HOST, PORT, USER, PASSWORD, CA), else the
 * embedded MariaDB. With the system property {@code connbudget.requireServers} both must be named.
 */
public record TestServers(String name, String host, int port, String user, String password, Path ca) {
    private static final String MYSQL = "MYSQL";
    private static final String MARIADB = "MARIADB";
    private static final int MAX_CONNECTIONS = 400;

    /** Started when it is needed first; ends with the JVM. */
    private static final class Embedded {
        static final TestServers SERVER = start();

        private static TestServers start() {
            try {
                EmbeddedMariaDb database = EmbeddedMariaDb.start(MAX_CONNECTIONS, List.of());
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    try {
                        database.close();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }));
                try (Connection administrator = database.administrator();
                        Statement sql = administrator.createStatement()) {
                    sql.execute("CREATE DATABASE IF NOT EXISTS test");
                }
                System.out.println("connbudget tests: database servers: embedded MariaDB");
                return new TestServers(
                        MARIADB,
                        EmbeddedMariaDb.HOST,
                        database.port(),
                        EmbeddedMariaDb.ADMIN_USER,
                        EmbeddedMariaDb.ADMIN_PASSWORD,
                        null);
            } catch (IOException | SQLException e) {
                throw new IllegalStateException(
                        "no database server for the tests: neither TEST_MYSQL_PORT nor TEST_MARIADB_PORT is set, and the"
                                + " embedded MariaDB did not start",
                        e);
            }
        }
    }

    /** One at the least. */
    public static List<TestServers> all() {
        List<TestServers> found = found();
        return found.isEmpty() ? List.of(Embedded.SERVER) : found;
    }

    /** Those that are named, for tests that load them; without one the test is skipped. */
    public static List<TestServers> named() {
        List<TestServers> found = found();
        assumeFalse(found.isEmpty(), "no TEST_MYSQL_PORT or TEST_MARIADB_PORT");
        return found;
    }

    private static List<TestServers> found() {
        List<TestServers> found = new ArrayList<>();
        for (String name : List.of(MYSQL, MARIADB)) {
            String port = System.getenv("TEST_" + name + "_PORT");
            if (port != null && !port.isEmpty()) {
                String ca = env(name, "CA", "");
                found.add(new TestServers(
                        name,
                        env(name, "HOST", "127.0.0.1"),
                        Integer.parseInt(port),
                        env(name, "USER", "root"),
                        env(name, "PASSWORD", ""),
                        ca.isEmpty() ? null : Path.of(ca)));
            }
        }
        if (found.size() < 2 && Boolean.getBoolean("connbudget.requireServers")) {
            fail("TEST_MYSQL_PORT and TEST_MARIADB_PORT must be set, found " + found);
        }
        return found;
    }

    /** For what only a MySQL can tell; without one the test is skipped. */
    public static TestServers mysql() {
        List<TestServers> found =
                found().stream().filter(server -> server.name().equals(MYSQL)).toList();
        assumeFalse(found.isEmpty(), "no TEST_MYSQL_PORT");
        return found.get(0);
    }

    private static String env(String name, String key, String otherwise) {
        String value = System.getenv("TEST_" + name + "_" + key);
        return value == null ? otherwise : value;
    }

    @Override
    public String toString() {
        return name;
    }
}
