package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** What RELOAD puts in force in a proxy that runs, for those who come then; what it refuses changes nothing. */
@Tag("clients")
final class ReloadTest {
    private static final String ADMIN =
            "admin: {users: [{name: op, password: before, role: operator}, {name: eye, password: look}]}";
    private static final String FRONTEND = "frontend: {handshake-timeout: 10s}";
    private static final String BUDGET = "budget: {max-connections: 4}";

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("connbudget.yaml");
    }

    private void configure(String... lines) throws IOException {
        Files.writeString(file(), "console: 127.0.0.1:0\n" + String.join("\n", lines) + "\n");
    }

    private ProxyProcess start(TestDatabase database) throws IOException {
        configure(ADMIN, FRONTEND, BUDGET);
        return ProxyProcess.start(database, 4, new ProxyProcess.Settings().config(file()));
    }

    private static String console(ProxyProcess proxy, String user, String password, String sql) throws SQLException {
        try (Connection console = DriverManager.getConnection(
                        "jdbc:mysql://127.0.0.1:" + proxy.consolePort() + "/", user, password);
                Statement statement = console.createStatement()) {
            statement.execute(sql);
            try (ResultSet rows = statement.getResultSet()) {
                return rows != null && rows.next() ? rows.getString(1) : "";
            }
        }
    }

    private static Connection client(ProxyProcess proxy, String tls) throws SQLException {
        Target target = proxy.target();
        return DriverManager.getConnection(
                "jdbc:mysql://" + target.host() + ":" + target.port() + "/" + target.schema()
                        + "?allowPublicKeyRetrieval=true&sslMode=" + tls,
                target.user(),
                target.password());
    }

    private String certificate() throws IOException, InterruptedException {
        Path certificate = directory.resolve("server.pem");
        Path key = directory.resolve("server.key");
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-subj",
                        "/CN=localhost",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(openssl.waitFor()).isZero();
        return "certificate: " + certificate + ", key: " + key;
    }

    @OnEveryServer
    void administratorsChange(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database)) {
            configure(ADMIN.replace("before", "after").replace("eye", "ear"), FRONTEND, BUDGET);

            console(proxy, "op", "before", "RELOAD");

            assertThatThrownBy(() -> console(proxy, "op", "before", "SHOW VERSION"))
                    .hasMessageContaining("denied");
            assertThatThrownBy(() -> console(proxy, "eye", "look", "SHOW VERSION"))
                    .hasMessageContaining("denied");
            console(proxy, "ear", "look", "SHOW VERSION");
            assertThat(proxy.get("/api/pools", "op", "after")).contains("budget");
            assertThatThrownBy(() -> proxy.get("/api/pools", "op", "before")).hasMessageContaining("401");
            assertThat(proxy.get("/metrics")).contains("connbudget_");

            configure(ADMIN + "\n", "  # nothing else", FRONTEND, BUDGET);
            Files.writeString(
                    file(), Files.readString(file()).replace("admin: {users", "admin: {metrics: users, users"));
            console(proxy, "op", "after", "RELOAD");

            assertThatThrownBy(() -> proxy.get("/metrics")).hasMessageContaining("401");
            assertThat(proxy.get("/metrics", "op", "before")).contains("connbudget_");
        }
    }

    @OnEveryServer
    void encryptionChangesForThoseWhoComeThen(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database);
                Connection early = client(proxy, "DISABLED")) {
            assertThatThrownBy(() -> client(proxy, "REQUIRED").close()).isInstanceOf(SQLException.class);

            configure(ADMIN, "frontend: {tls: {mode: require, " + certificate() + "}}", BUDGET);
            console(proxy, "op", "before", "RELOAD");

            assertThatThrownBy(() -> client(proxy, "DISABLED").close()).hasMessageContaining("secure transport");
            try (Connection late = client(proxy, "REQUIRED")) {
                assertThat(late.isValid(5)).isTrue();
            }
            assertThat(early.isValid(5)).isTrue();

            Files.writeString(directory.resolve("other.pem"), "no certificate");
            configure(
                    ADMIN,
                    "frontend: {tls: {mode: require, " + certificate().replace("server.pem", "other.pem") + "}}",
                    "budget: {max-connections: 3}");
            assertThatThrownBy(() -> console(proxy, "op", "before", "RELOAD"))
                    .hasMessageContaining("nothing changed")
                    .hasMessageContaining("other.pem");
            assertThat(proxy.get("/api/pools", "op", "before")).contains("\"budget\":4");
            client(proxy, "REQUIRED").close();
        }
    }

    @OnEveryServer
    void theBudgetBecomesWhatTheDatabaseHasRoomFor(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database);
                Connection early = client(proxy, "DISABLED")) {
            configure(ADMIN, FRONTEND, "budget: {max-connections: auto}");

            console(proxy, "op", "before", "RELOAD");

            assertThat(proxy.metric("connbudget_budget_connections")).isGreaterThanOrEqualTo(4);
            Await.until(
                    "it was discovered",
                    () -> proxy.metric("connbudget_budget_connections") > 4
                            && proxy.log().stream().anyMatch(line -> line.contains("the database says")));
            assertThat(early.isValid(5)).isTrue();
        }
    }

    @OnEveryServer
    void whatNeedsARestartIsNamedAndNothingChanges(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database)) {
            configure(ADMIN.replace("before", "after"), "event-loops: 2", FRONTEND, "budget: {max-connections: 3}");

            assertThatThrownBy(() -> console(proxy, "op", "before", "RELOAD"))
                    .hasMessageContaining("nothing changed, since a restart is needed for: event-loops");

            assertThat(proxy.get("/api/pools", "op", "before")).contains("\"budget\":4");
        }
    }
}
