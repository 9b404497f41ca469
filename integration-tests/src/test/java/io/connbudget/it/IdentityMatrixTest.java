package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.ProxyServer;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.metrics.ProxyMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every way to log in, with and without TLS, of real clients, in front of each server: it works, or is refused as
 * docs/identity.md says. The tables there are this test's; {@code -Dconnbudget.it.write=true} makes them anew.
 */
@Tag("clients")
final class IdentityMatrixTest {
    private static final Path PAGE = Path.of(System.getProperty("connbudget.it.clients", "src/test/clients"))
            .toAbsolutePath()
            .resolve("../../../../docs/identity.md")
            .normalize();
    private static final String PASSWORD = "full password";
    private static final String NATIVE_HASH = "*3D26C267A1084FDC0754FCCF7123674BEB33E1EA";
    private static final String STORED = "$A$00A$,.kZ{DVrt=Li?:fv~lkIVtORaoXfPiOa4GUvfGGQZEmBo6VH0t0ktn1BBTiKR2/";
    private static final long READY_LIMIT_NANOS = 30_000_000_000L;

    private enum Way {
        NATIVE("mysql_native_password"),
        FAST("caching_sha2_password, fast"),
        FULL("caching_sha2_password, full"),
        PASS("pass-through, full");

        private final String title;

        Way(String title) {
            this.title = title;
        }
    }

    private enum Tls {
        OFF("TLS off (full: RSA)"),
        ON("on"),
        REQUIRED("required"),
        CERTIFICATE("client certificate");

        private final String title;

        Tls(String title) {
            this.title = title;
        }
    }

    private enum Client {
        PYMYSQL("PyMySQL"),
        MYSQLCLIENT("mysqlclient on libmariadb"),
        MYSQL("mysql 9 command line"),
        CONNECTOR_J("Connector/J"),
        MYSQL2("mysql2 for Node");

        private final String title;

        Client(String title) {
            this.title = title;
        }
    }

    @TempDir
    Path directory;

    @OnEveryServer
    void everyWayOfEveryClientIsAsThePageSays(TestDatabase database) throws Exception {
        ClientProgram.nodePackage("mysql2@3.24.6");
        List<String> cli = ClientProgram.mysqlClient();
        Path root = cli.get(0).equals("chroot") ? Path.of(cli.get(1)) : Path.of("/");
        Path shared = Files.createTempDirectory(
                root.equals(Path.of("/")) ? directory : Files.createDirectories(root.resolve("tmp")), "matrix");
        try {
            certificates(shared);
            check(database, new Programs(cli, root, shared));
        } finally {
            try (var files = Files.list(shared)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(shared);
        }
    }

    private void check(TestDatabase database, Programs programs) throws Exception {
        boolean mariaDb = database.server().kind() == DatabaseServer.Kind.MARIADB;
        List<String> passed = new ArrayList<>();
        Map<Way, Map<Client, Map<Tls, String>>> outcomes = new EnumMap<>(Way.class);
        List<String> wrong = new ArrayList<>();
        try {
            for (Tls tls : Tls.values()) {
                for (Client client : Client.values()) {
                    String name = passAccount(database, client);
                    passed.add(name);
                    // Anew, so that the server's cache is as empty as the proxy's.
                    database.execute(
                            "DROP USER IF EXISTS '" + name + "'",
                            "CREATE USER '" + name + "' IDENTIFIED BY '" + PASSWORD + "'");
                }
                try (ProxyMetrics metrics = new ProxyMetrics();
                        ProxyServer proxy = new ProxyServer(config(database, tls, programs.files()), metrics)) {
                    proxy.start();
                    awaitReady(proxy);
                    int port = proxy.clientAddress().getPort();
                    // The fast way needs a full one before it.
                    programs.login(Client.PYMYSQL, tls, port, "fast");
                    if (tls == Tls.REQUIRED) {
                        assertThat(programs.login(Client.PYMYSQL, Tls.OFF, port, "fast"))
                                .contains("3159");
                    }
                    for (Way way : Way.values()) {
                        for (Client client : Client.values()) {
                            String expected =
                                    way == Way.PASS ? passAccount(database, client) + "@%" : database.user() + "@%";
                            String got = programs.login(client, tls, port, account(database, way, client));
                            String refusal = refusal(way, client, mariaDb);
                            String outcome = outcome(got, expected, refusal);
                            if (outcome == null) {
                                wrong.add(way + " " + client + " " + tls + ": got " + got + ", expected "
                                        + (refusal.isEmpty() ? expected : refusal));
                            }
                            outcomes.computeIfAbsent(way, w -> new EnumMap<>(Client.class))
                                    .computeIfAbsent(client, c -> new EnumMap<>(Tls.class))
                                    .put(tls, outcome == null ? "?" : outcome);
                        }
                    }
                }
            }
        } finally {
            for (String name : passed) {
                database.execute("DROP USER IF EXISTS '" + name + "'");
            }
        }
        assertThat(wrong).isEmpty();
        compare(database.server().kind().name().toLowerCase(Locale.ROOT), table(outcomes));
    }

    /** Null where the outcome is neither. */
    private static String outcome(String got, String expected, String refusal) {
        if (refusal.isEmpty()) {
            return got.equals(expected) ? "works" : null;
        }
        return got.contains(refusal) ? "no: " + refusal : null;
    }

    /** What the client says where it cannot: a part of its message; empty where it can. */
    private static String refusal(Way way, Client client, boolean mariaDb) {
        if (client == Client.CONNECTOR_J && mariaDb && way != Way.NATIVE) {
            // It takes MariaDB 10, which calls itself 5.5.5, for a server without this plugin's second packet.
            return "Unknown server response after fast auth";
        }
        return "";
    }

    private static String passAccount(TestDatabase database, Client client) {
        return database.user() + "_" + client.ordinal();
    }

    private static String account(TestDatabase database, Way way, Client client) {
        return switch (way) {
            case NATIVE -> "native";
            case FAST -> "fast";
            case FULL -> "full" + client.ordinal();
            case PASS -> passAccount(database, client);
        };
    }

    private static ProxyConfig config(TestDatabase database, Tls tls, Path files) throws Exception {
        Map<String, String> e = new HashMap<>();
        e.put("CONNBUDGET_LISTEN", "127.0.0.1:0");
        e.put("CONNBUDGET_HTTP", "off");
        e.put("CONNBUDGET_BUDGET_MAX_CONNECTIONS", "4");
        e.put(
                "CONNBUDGET_BACKEND_ADDRESS",
                database.server().host() + ":" + database.server().port());
        e.put("CONNBUDGET_BACKEND_USER", database.user());
        e.put("CONNBUDGET_BACKEND_PASSWORD", database.password());
        e.put("CONNBUDGET_FRONTEND_PASS_THROUGH_MODE", "on");
        e.put("CONNBUDGET_FRONTEND_DOOR_FAILED_LOGINS", "off");
        e.put("CONNBUDGET_FRONTEND_TLS_MODE", tls == Tls.REQUIRED || tls == Tls.CERTIFICATE ? "require" : "prefer");
        e.put("CONNBUDGET_FRONTEND_TLS_CERTIFICATE", files.resolve("server.pem").toString());
        e.put("CONNBUDGET_FRONTEND_TLS_KEY", files.resolve("server.key").toString());
        if (tls == Tls.CERTIFICATE) {
            e.put("CONNBUDGET_FRONTEND_TLS_CLIENT_CA", files.resolve("ca.pem").toString());
            e.put("CONNBUDGET_FRONTEND_TLS_CLIENT_CERTIFICATE", "required");
        }
        List<String> stored = new ArrayList<>(List.of("fast"));
        for (Client client : Client.values()) {
            stored.add("full" + client.ordinal());
        }
        account(e, 0, "native", NATIVE_HASH, database);
        for (int i = 0; i < stored.size(); i++) {
            account(e, i + 1, stored.get(i), STORED, database);
        }
        return new ConfigLoader(e).load(null, Map.of()).config();
    }

    private static void account(Map<String, String> e, int i, String name, String hash, TestDatabase database) {
        e.put("CONNBUDGET_ACCOUNTS_" + i + "_NAME", name);
        e.put("CONNBUDGET_ACCOUNTS_" + i + "_AUTHENTICATION_STRING", hash);
        e.put("CONNBUDGET_ACCOUNTS_" + i + "_BACKEND_USER", database.user());
    }

    private static void awaitReady(ProxyServer proxy) {
        long begin = System.nanoTime();
        while (proxy.notReadyReason().isPresent()) {
            if (System.nanoTime() - begin > READY_LIMIT_NANOS) {
                throw new IllegalStateException("the proxy is not ready: " + proxy.notReadyReason());
            }
            Thread.onSpinWait();
        }
    }

    private static String table(Map<Way, Map<Client, Map<Tls, String>>> outcomes) {
        StringBuilder table = new StringBuilder("| way | client |");
        for (Tls tls : Tls.values()) {
            table.append(' ').append(tls.title).append(" |");
        }
        table.append("\n|---|---|---|---|---|---|\n");
        outcomes.forEach((way, clients) -> clients.forEach((client, cells) -> {
            table.append("| ")
                    .append(way.title)
                    .append(" | ")
                    .append(client.title)
                    .append(" |");
            cells.forEach((tls, outcome) -> table.append(' ').append(outcome).append(" |"));
            table.append('\n');
        }));
        return table.toString();
    }

    private static void compare(String server, String table) throws IOException {
        String begin = "<!-- matrix " + server + " -->\n";
        String end = "<!-- /matrix " + server + " -->";
        String page = Files.readString(PAGE);
        int from = page.indexOf(begin) + begin.length();
        int to = page.indexOf(end);
        if (Boolean.getBoolean("connbudget.it.write")) {
            Files.writeString(PAGE, page.substring(0, from) + table + page.substring(to));
        } else {
            assertThat(page.substring(from, to)).isEqualTo(table);
        }
    }

    private static void certificates(Path files) throws IOException, InterruptedException {
        run(files, "req -x509 -newkey rsa:2048 -nodes -subj /CN=ca -days 2 -keyout ca.key -out ca.pem");
        for (String name : List.of("server", "client")) {
            run(
                    files,
                    "req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " + name
                            + ".csr");
            run(
                    files,
                    "x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out " + name
                            + ".pem");
        }
        run(files, "pkcs12 -export -inkey client.key -in client.pem -out client.p12 -passout pass:changeit");
    }

    private static void run(Path files, String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(files.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("openssl " + arguments + " ended with " + process.exitValue());
        }
    }

    /**
     * The clients.
     *
     * @param root where the command line client sees the file system begin
     */
    private record Programs(List<String> cli, Path root, Path files) {
        /** As whom the client was logged in, or its message. */
        String login(Client client, Tls tls, int port, String user) throws Exception {
            Target target = new Target("127.0.0.1", port, user, PASSWORD, "");
            return switch (client) {
                case PYMYSQL ->
                    script(
                            target,
                            tls,
                            ClientProgram.pythonWith("pymysql", "python3-pymysql"),
                            "identity_dbapi.py",
                            "pymysql");
                case MYSQLCLIENT ->
                    script(
                            target,
                            tls,
                            ClientProgram.pythonWith("MySQLdb", "python3-mysqldb"),
                            "identity_dbapi.py",
                            "MySQLdb");
                case MYSQL2 -> script(target, tls, "node", "identity_mysql2.js");
                case MYSQL -> commandLine(target, tls);
                case CONNECTOR_J -> connectorJ(target, tls);
            };
        }

        private String script(Target target, Tls tls, String... command) throws Exception {
            List<String> words = new ArrayList<>(List.of(command));
            words.add(tls == Tls.OFF ? "-" : files.resolve("ca.pem").toString());
            words.add(tls == Tls.CERTIFICATE ? files.resolve("client.pem").toString() : "-");
            words.add(tls == Tls.CERTIFICATE ? files.resolve("client.key").toString() : "-");
            return ClientProgram.ask(target, words.toArray(String[]::new)).output();
        }

        private String commandLine(Target target, Tls tls) throws Exception {
            List<String> words = new ArrayList<>(cli);
            words.addAll(List.of(
                    "--no-defaults",
                    "-h" + target.host(),
                    "-P" + target.port(),
                    "-u" + target.user(),
                    "-p" + target.password(),
                    "-BN",
                    "-eSELECT CURRENT_USER()",
                    "--get-server-public-key",
                    "--ssl-mode=" + (tls == Tls.OFF ? "DISABLED" : "REQUIRED")));
            if (tls == Tls.CERTIFICATE) {
                words.add("--ssl-cert=/" + root.relativize(files.resolve("client.pem")));
                words.add("--ssl-key=/" + root.relativize(files.resolve("client.key")));
            }
            return ClientProgram.ask(target, words.toArray(String[]::new))
                    .output()
                    .replaceAll("(?m)^.*Using a password on the command line.*\\n", "");
        }

        private String connectorJ(Target target, Tls tls) {
            String url = "jdbc:mysql://127.0.0.1:" + target.port()
                    + "/?connectTimeout=20000&socketTimeout=20000&allowPublicKeyRetrieval=true&sslMode="
                    + (tls == Tls.OFF ? "DISABLED" : "REQUIRED")
                    + (tls == Tls.CERTIFICATE
                            ? "&clientCertificateKeyStoreUrl=file:" + files.resolve("client.p12")
                                    + "&clientCertificateKeyStorePassword=changeit&clientCertificateKeyStoreType=PKCS12"
                            : "");
            try (Connection connection = DriverManager.getConnection(url, target.user(), target.password());
                    Statement sql = connection.createStatement();
                    ResultSet row = sql.executeQuery("SELECT CURRENT_USER()")) {
                row.next();
                return row.getString(1);
            } catch (SQLException e) {
                return e.getMessage();
            }
        }
    }
}
