package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.Await;
import io.connbudget.it.DatabaseServer;
import io.connbudget.it.OnOneServer;
import io.connbudget.it.ProxyProcess;
import io.connbudget.it.TestDatabase;
import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ConfigValues;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.operate.View;
import io.connbudget.wire.Command;
import io.connbudget.wire.auth.NativePassword;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Every output of full runs is searched for every secret of them. */
@Tag("long")
final class SecretsTest {
    private static final int ACCESS_DENIED = 1045;

    /** All that can be found in a log, in an answer, on a screen. */
    private static final String LOGGING = """
            <configuration>
              <statusListener class="ch.qos.logback.core.status.NopStatusListener"/>
              <appender name="stdout" class="ch.qos.logback.core.ConsoleAppender">
                <encoder class="ch.qos.logback.core.encoder.LayoutWrappingEncoder">
                  <charset>UTF-8</charset>
                  <layout class="io.connbudget.proxy.logging.LineLayout"/>
                </encoder>
              </appender>
              <root level="DEBUG"><appender-ref ref="stdout"/></root>
            </configuration>
            """;

    @TempDir
    Path files;

    /** What was said, by where it was said. */
    private final Map<String, StringBuilder> outputs = new LinkedHashMap<>();

    private final Map<String, String> secrets = new LinkedHashMap<>();

    /** A secret that no other text looks like. */
    private String secret(String what) {
        return secrets.computeIfAbsent(what, w -> "Hidden!" + w.replace(' ', '.') + ".9f2c");
    }

    private void said(String where, String what) {
        outputs.computeIfAbsent(where, w -> new StringBuilder()).append(what).append('\n');
    }

    @OnOneServer
    void noSecretIsInAnyOutput(TestDatabase database) throws Exception {
        String user = database.user();
        secrets.put("backend password", database.password());
        String mapped = user + "_m";
        String broken = user + "_b";
        String passed = user + "_p";
        List<String> accepted;
        try {
            create(database, mapped, secret("mapped backend password"));
            create(database, broken, secret("never configured"));
            create(database, passed, secret("pass-through password"));
            Path config = write("connbudget.yaml", yaml(user, mapped, broken));
            serve(database, config, mapped, passed);
            serveWithCommand(database);
            dumps(database, config);
            accepted = wrongConfigurations();
        } finally {
            database.execute(
                    "DROP USER IF EXISTS '" + mapped + "'",
                    "DROP USER IF EXISTS '" + broken + "'",
                    "DROP USER IF EXISTS '" + passed + "'");
        }

        // That something was said at all.
        assertThat(outputs)
                .containsKeys(
                        "log",
                        "client",
                        "GET /metrics",
                        "GET /api/config",
                        "SHOW CONFIG",
                        "toString",
                        "check",
                        "wrong");
        assertThat(outputs.get("log").toString()).contains("level=debug", user, "Access denied");
        assertThat(outputs.get("SHOW CONFIG").toString()).contains("accounts[0].password", "***");
        assertThat(found()).isEmpty();
        assertThat(accepted).isEmpty();
    }

    private static void create(TestDatabase database, String name, String password) {
        database.execute(
                "CREATE USER '" + name + "'@'%' IDENTIFIED BY '" + password + "'",
                "GRANT SELECT ON " + database.schema() + ".* TO '" + name + "'@'%'");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(files.resolve(name), text);
    }

    private String yaml(String user, String mapped, String broken) throws IOException {
        byte[] hash = NativePassword.storedHash(secret("hashed password").getBytes(StandardCharsets.UTF_8));
        String stored = HexFormat.of().withUpperCase().formatHex(hash);
        secrets.put("stored hash", stored);
        return """
                console: 127.0.0.1:0
                budget: {max-connections: 4, queue-timeout: 4s}
                frontend: {pass-through: {mode: on}, door: {failed-logins: off}}
                admin:
                  users:
                    - {name: op, password: "%s", role: operator}
                    - {name: look, password-file: "%s"}
                accounts:
                  - name: shop
                    password: "%s"
                    other-passwords: [{password: "%s"}, {password-file: "%s"}]
                    backend-user: %s
                    backend-password: "%s"
                  - {name: hashed, authentication-string: "*%s", backend-user: %s}
                  - {name: broken, password: "%s", backend-user: %s, backend-password: "%s"}
                """.formatted(
                        secret("operator password"),
                        write("look", secret("viewer password") + "\n"),
                        secret("account password"),
                        secret("other password"),
                        write("other", secret("other password in a file")),
                        mapped,
                        secret("mapped backend password"),
                        stored,
                        user,
                        secret("broken account password"),
                        broken,
                        secret("wrong backend password"));
    }

    private ProxyProcess.Settings settings() throws IOException {
        return new ProxyProcess.Settings().jvm("-Dlogback.configurationFile=" + write("logback-debug.xml", LOGGING));
    }

    // ---------------------------------------------------------------- runs

    private void serve(TestDatabase database, Path config, String mapped, String passed) throws Exception {
        ProxyProcess proxy = ProxyProcess.start(database, 4, settings().config(config));
        try (proxy) {
            assertThat(currentUser(proxy, "shop", secret("account password"))).startsWith(mapped + "@");
            assertThat(currentUser(proxy, "shop", secret("other password"))).startsWith(mapped + "@");
            assertThat(currentUser(proxy, "shop", secret("other password in a file")))
                    .startsWith(mapped + "@");
            assertThat(currentUser(proxy, "hashed", secret("hashed password"))).startsWith(database.user() + "@");
            assertThat(currentUser(proxy, passed, secret("pass-through password")))
                    .startsWith(passed + "@");
            for (String name : List.of("shop", "hashed", passed, "nobody")) {
                assertThat(currentUser(proxy, name, secret("wrong guess of " + name)))
                        .contains("Access denied");
            }
            assertThat(currentUser(proxy, "broken", secret("broken account password")))
                    .contains(String.valueOf(ACCESS_DENIED));
            changeUser(proxy);
            passwordsInStatements(proxy);
            look(proxy);
            refusedByTheDatabase(database, proxy);
            reload(config, proxy);
            look(proxy);
        } finally {
            proxy.log().forEach(line -> said("log", line));
        }
    }

    /** The answer to CURRENT_USER(), or the error. */
    private String currentUser(ProxyProcess proxy, String user, String password) {
        RawClient.Login login = new RawClient.Login(user, password, null, RawClient.BASE, 45);
        try (RawClient client =
                new RawClient(new InetSocketAddress("127.0.0.1", proxy.target().port()), login)) {
            return query(client, "SELECT CURRENT_USER()");
        } catch (IOException e) {
            said("client", e.toString());
            return e.toString();
        }
    }

    private String query(RawClient client, String sql) throws IOException {
        List<byte[]> answer = client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8));
        answer.forEach(packet -> said("client", new String(packet, StandardCharsets.UTF_8)));
        byte[] first = answer.get(0);
        boolean error = (first[1] & 0xff) == 0xff;
        byte[] told = error ? first : answer.get(answer.size() - 2);
        String code = error ? ((first[2] & 0xff) | (first[3] & 0xff) << 8) + " " : "";
        return code + new String(told, error ? 4 : 2, told.length - (error ? 4 : 2), StandardCharsets.UTF_8);
    }

    private void changeUser(ProxyProcess proxy) throws IOException {
        RawClient.Login login = new RawClient.Login("shop", secret("account password"), null, RawClient.BASE, 45);
        try (RawClient client =
                new RawClient(new InetSocketAddress("127.0.0.1", proxy.target().port()), login)) {
            List<byte[]> right = client.changeUser("", "shop", secret("other password"), 45);
            assertThat(right.get(0)[1]).isZero();
            List<byte[]> wrong = client.changeUser("", "hashed", secret("wrong guess in COM_CHANGE_USER"), 45);
            assertThat(new String(wrong.get(0), StandardCharsets.ISO_8859_1)).contains("Access denied");
            said("client", new String(wrong.get(0), StandardCharsets.ISO_8859_1));
        }
    }

    /** Operators see what clients run, and the log has what pins a session: without any literal. */
    private void passwordsInStatements(ProxyProcess proxy) throws Exception {
        RawClient.Login login = new RawClient.Login("shop", secret("account password"), null, RawClient.BASE, 45);
        List<String> statements = List.of(
                "CREATE USER 'x'@'%%' IDENTIFIED BY '%s'",
                "-- don't\nSET @p = '%s', @r = GET_LOCK('l', 0)",
                "# don't\nSET PASSWORD FOR 'nobody'@'nowhere' = '%s'",
                "DO GET_LOCK('l', 0), /*! '*/' */ '', '%s'",
                "SELECT GET_LOCK('l', 0), 'a\\', '%s'");
        for (int i = 0; i < statements.size(); i++) {
            try (RawClient client = new RawClient(
                    new InetSocketAddress("127.0.0.1", proxy.target().port()), login)) {
                String sql = statements.get(i).formatted(secret("in a statement " + i));
                // Not the answers: a server's error quotes the statement to whoever sent it.
                List<byte[]> answer = client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8));
                assertThat(answer).isNotEmpty();
                for (View view : List.of(View.CLIENTS, View.PINS, View.HOLDERS)) {
                    said("SHOW " + view.name(), console(proxy, "look", "viewer password", "SHOW " + view.name()));
                }
            }
        }
        assertThat(outputs.get("SHOW CLIENTS").toString()).contains("CREATE USER ?@? IDENTIFIED BY ?");
    }

    /** The pool's own password is wrong for a while. */
    private void refusedByTheDatabase(TestDatabase database, ProxyProcess proxy) throws Exception {
        String set = "ALTER USER '" + database.user() + "'@'%' IDENTIFIED BY '";
        database.execute(set + secret("password of the meantime") + "'");
        try {
            console(proxy, "op", "operator password", "RECONNECT");
            Await.until("a refused login in the log", () -> {
                currentUser(proxy, "hashed", secret("hashed password"));
                return proxy.log().stream().anyMatch(line -> line.contains("Access denied"));
            });
            look(proxy);
        } finally {
            database.execute(set + database.password() + "'");
        }
        Await.until(
                "service again",
                () -> currentUser(proxy, "hashed", secret("hashed password")).startsWith(database.user()));
    }

    private void reload(Path config, ProxyProcess proxy) throws Exception {
        String before = Files.readString(config);
        Files.writeString(
                config, before.replace(secret("account password"), secret("account password after a reload")));
        console(proxy, "op", "operator password", "RELOAD");
        assertThat(currentUser(proxy, "shop", secret("account password after a reload")))
                .doesNotContain("denied");
        Files.writeString(config, before.replace(secret("operator password"), secret("another operator password")));
        assertThat(console(proxy, "op", "operator password", "RELOAD"))
                .as("error")
                .isEmpty();
        proxy.awaitLogged("event=reloaded", "admin.users[0].password");
        Files.writeString(config, before);
        assertThat(console(proxy, "op", "another operator password", "RELOAD"))
                .as("error")
                .isEmpty();
        // One that is wrong is refused with a reason.
        Files.writeString(
                config,
                before.replace("\"" + secret("account password") + "\"", "[\"" + secret("password in a list") + "\"]"));
        console(proxy, "op", "operator password", "RELOAD");
        Files.writeString(config, before);
    }

    private void serveWithCommand(TestDatabase database) throws Exception {
        secrets.put("printed password", database.password());
        Path token = write("token", database.password());
        ProxyProcess proxy = ProxyProcess.start(
                database,
                4,
                settings()
                        .withoutPassword()
                        .set(
                                "CONNBUDGET_BACKEND_PASSWORD_COMMAND_RUN",
                                "sh -c 'cat " + token + "; exit $(cat " + files + "/code)'")
                        .set("CONNBUDGET_BACKEND_PASSWORD_COMMAND_LIFE", "1s")
                        .set("CONNBUDGET_CONSOLE", "127.0.0.1:0")
                        .set("CONNBUDGET_FRONTEND_DOOR_FAILED_LOGINS", "off")
                        .set("CONNBUDGET_ACCOUNTS_0_NAME", "shop")
                        .set("CONNBUDGET_ACCOUNTS_0_PASSWORD", secret("password in the environment"))
                        .set("CONNBUDGET_ACCOUNTS_0_BACKEND_USER", database.user())
                        .set("CONNBUDGET_ADMIN_USERS_0_NAME", "op")
                        .set("CONNBUDGET_ADMIN_USERS_0_PASSWORD", secret("operator password"))
                        .set("CONNBUDGET_ADMIN_USERS_0_ROLE", "operator")
                        .set("CONNBUDGET_BACKEND_PASWORD", secret("variable of a wrong name")));
        try (proxy) {
            assertThat(currentUser(proxy, "shop", secret("password in the environment")))
                    .startsWith(database.user() + "@");
            Files.writeString(token, secret("printed and wrong"));
            Files.writeString(files.resolve("code"), "0");
            reconnectUntilLogged(proxy, "Access denied");
            Files.writeString(files.resolve("code"), "7");
            Files.writeString(token, secret("printed by a program that failed"));
            reconnectUntilLogged(proxy, "exit code 7");
            look(proxy);
        } finally {
            proxy.log().forEach(line -> said("log", line));
        }
    }

    private void reconnectUntilLogged(ProxyProcess proxy, String text) throws Exception {
        Await.until(text, () -> {
            console(proxy, "op", "operator password", "RECONNECT");
            currentUser(proxy, "shop", secret("password in the environment"));
            return proxy.log().stream().anyMatch(line -> line.contains(text));
        });
    }

    // ---------------------------------------------------------------- looking

    private void look(ProxyProcess proxy) throws Exception {
        List<String> paths =
                new ArrayList<>(List.of("/", "/metrics", "/healthz", "/readyz", "/api/picture", "/nothing"));
        for (View view : View.values()) {
            paths.add("/api/" + view.word());
            said("SHOW " + view.name(), console(proxy, "look", "viewer password", "SHOW " + view.name()));
        }
        for (String path : paths) {
            said("GET " + path, http(proxy, path, secret("operator password")));
            said("GET " + path, http(proxy, path, secret("wrong guess over HTTP")));
        }
        said("console", console(proxy, "op", "wrong guess at the console", "SHOW POOLS"));
        said("console", console(proxy, "nobody", "wrong guess at the console", "SHOW POOLS"));
        said("console", console(proxy, "op", "operator password", "SHOW NONSENSE"));
        said("console", console(proxy, "look", "viewer password", "RELOAD"));
    }

    private static String http(ProxyProcess proxy, String path, String password) {
        try {
            return proxy.get(path, "op", password);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** The rows, or the error. Where there is no such user, that is an error too. */
    private String console(ProxyProcess proxy, String user, String secret, String sql) {
        StringBuilder text = new StringBuilder();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:mysql://127.0.0.1:" + proxy.consolePort() + "/", user, secret(secret));
                Statement statement = connection.createStatement()) {
            if (statement.execute(sql)) {
                ResultSet rows = statement.getResultSet();
                while (rows.next()) {
                    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                        text.append(rows.getString(i)).append('\t');
                    }
                    text.append('\n');
                }
            }
        } catch (SQLException e) {
            text.append(e);
        }
        said("console", text.toString());
        return text.toString();
    }

    // ---------------------------------------------------------------- configuration

    private void dumps(TestDatabase database, Path config) throws Exception {
        DatabaseServer server = database.server();
        Map<String, String> environment = Map.of(
                "CONNBUDGET_BACKEND_ADDRESS",
                server.host() + ":" + server.port(),
                "CONNBUDGET_BACKEND_USER",
                database.user(),
                "CONNBUDGET_BACKEND_PASSWORD",
                database.password());
        ProxyConfig loaded =
                new ConfigLoader(environment).load(config, Map.of()).config();
        said("toString", loaded.toString());
        said("toString", ConfigValues.of(loaded).toString());
        said("check", run(environment, "check", "--config", config.toString()));
    }

    /** A secret in a wrong place, or of a wrong form. */
    private List<String> wrongConfigurations() throws Exception {
        List<String> lines = List.of(
                "accounts: [{name: a, authentication-string: \"%s\", backend-user: b}]",
                "accounts: [{name: a, password: [\"%s\"]}]",
                "accounts: [{name: a, password: {text: \"%s\"}}]",
                "accounts: [{name: a, pasword: \"%s\"}]",
                "accounts: [{name: a, password: \"%s\", password-file: /none}]",
                "accounts: [{name: a, password: x, backend-password: \"%s\"}]",
                "accounts: [{name: a, password: \"%s\"}, {name: a, password: y}]",
                "accounts: \"%s\"",
                "accounts: [{name: a, password: *%s}]",
                "accounts: [{name: a, password: &%s}]",
                "accounts: [{name: a, password: \"%s}]",
                "accounts: [{name: a, password: @%s}]",
                "accounts: [{name: a, password: %%%s}]",
                "accounts: [{name: a, password: \"\\q%s\"}]",
                "accounts: [{name: a, password-env: \"%s\"}]",
                "backend: {address: \"db:1\", user: a, password-command: {run: \"print '%s\"}}",
                "admin: {users: [{name: op, password: x, role: y}, {name: op, password: \"%s\"}]}",
                "backend: {password: \"%s\", password: b}");
        List<String> accepted = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).formatted(secret("wrong place " + i));
            String rest = "\nbudget: {max-connections: 2}\n"
                    + (line.startsWith("backend") ? "" : "backend: {address: \"db:1\", user: a, password: b}\n");
            Path config = write("wrong" + i + ".yaml", line + rest);
            String told = "";
            try {
                new ConfigLoader(Map.of()).load(config, Map.of());
            } catch (ConfigException e) {
                told = e + "\n" + String.join("\n", e.problems());
            }
            if (!told.contains("wrong" + i + ".yaml")) {
                accepted.add(line);
            }
            said("wrong", told);
            if (i == 0) {
                said("wrong", run(Map.of(), "serve", "--config", config.toString()));
            }
        }
        return accepted;
    }

    /** What a command prints that ends by itself. */
    private static String run(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                "io.connbudget.proxy.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }

    // ---------------------------------------------------------------- searching

    /** Each secret with the place where it was found, in any of its usual forms. */
    private List<String> found() {
        List<String> found = new ArrayList<>();
        outputs.forEach((where, text) -> secrets.forEach((what, secret) -> {
            String all = text.toString();
            byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
            String lower = all.toLowerCase(Locale.ROOT);
            boolean leaks = lower.contains(secret.toLowerCase(Locale.ROOT))
                    || lower.contains(HexFormat.of().formatHex(bytes))
                    // Without its last group, which depends on what follows.
                    || all.contains(Base64.getEncoder()
                            .withoutPadding()
                            .encodeToString(bytes)
                            .substring(0, bytes.length));
            if (leaks) {
                int at = Math.max(0, lower.indexOf(secret.toLowerCase(Locale.ROOT)));
                found.add(what + " in " + where + ": "
                        + all.substring(Math.max(0, at - 120), Math.min(all.length(), at + 120)));
            }
        }));
        return found;
    }
}
