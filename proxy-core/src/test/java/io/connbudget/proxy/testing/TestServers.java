package io.connbudget.proxy.testing;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The real servers named by TEST_MYSQL_* and TEST_MARIADB_* (HOST, PORT, USER, PASSWORD, CA). */
public record TestServers(String name, String host, int port, String user, String password, Path ca) {
    /** Those that are set; none: the test is skipped, or fails where {@code connbudget.requireServers} is set. */
    public static List<TestServers> all() {
        List<TestServers> found = new ArrayList<>();
        for (String name : List.of("MYSQL", "MARIADB")) {
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
        if (found.size() < 2 && System.getProperty("connbudget.requireServers") != null) {
            fail("TEST_MYSQL_PORT and TEST_MARIADB_PORT must be set, found " + found);
        }
        Assumptions.assumeFalse(found.isEmpty(), "no TEST_MYSQL_PORT or TEST_MARIADB_PORT");
        return found;
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
