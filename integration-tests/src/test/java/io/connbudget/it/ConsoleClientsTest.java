package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The console with the clients that operators have, while one client holds all of the budget. The database behind it makes no difference. */
@Tag("clients")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConsoleClientsTest {
    private DatabaseServers servers;
    private TestDatabase database;
    private ProxyProcess proxy;
    private Connection holder;

    @BeforeAll
    void start() throws Exception {
        servers = DatabaseServers.find();
        database = TestDatabase.create(servers.all().get(0), "console");
        proxy = ProxyProcess.start(
                database,
                2,
                new ProxyProcess.Settings()
                        .set("CONNBUDGET_CONSOLE", "127.0.0.1:0")
                        .set("CONNBUDGET_ADMIN_USERS_0_NAME", "op")
                        .set("CONNBUDGET_ADMIN_USERS_0_PASSWORD", "secret")
                        .set("CONNBUDGET_ADMIN_USERS_0_ROLE", "operator"));
        holder = proxy.target().connect("connectionAttributes=program_name:holder-job");
        holder.setAutoCommit(false);
        try (Statement statement = holder.createStatement()) {
            statement.execute("START TRANSACTION");
            statement.execute("SELECT 1");
        }
        // Clients print no names of columns where there are no rows.
        try (Connection console =
                DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + proxy.consolePort() + "/", "op", "secret")) {
            Await.until("there is a sample", () -> {
                try (Statement statement = console.createStatement();
                        ResultSet samples = statement.executeQuery("SHOW SAMPLES")) {
                    return samples.next();
                }
            });
        }
    }

    @AfterAll
    void stop() throws Exception {
        holder.rollback();
        holder.close();
        proxy.close();
        database.close();
        servers.close();
    }

    private void run(String... command) throws Exception {
        ClientProgram.run(new Target("127.0.0.1", proxy.consolePort(), "op", "secret", ""), command);
    }

    @Test
    void mysqlCommandLine() throws Exception {
        List<String> command = new ArrayList<>(List.of("bash", "console_client.sh"));
        command.addAll(ClientProgram.mysqlClient());
        run(command.toArray(String[]::new));
    }

    @Test
    void mariadbCommandLine() throws Exception {
        run("bash", "console_client.sh", ClientProgram.program("mariadb", "mariadb-client"));
    }

    @Test
    void mycli() throws Exception {
        run("bash", "console_client.sh", ClientProgram.program("mycli", "mycli"));
    }

    @Test
    void pymysql() throws Exception {
        run(ClientProgram.pythonWith("pymysql", "python3-pymysql"), "console_client.py");
    }

    @Test
    void connectorJ() throws Exception {
        String url = "jdbc:mysql://127.0.0.1:" + proxy.consolePort() + "/";
        // The driver asks for a prepared statement of the server's, is refused, and makes do with one of its own.
        try (Connection console = DriverManager.getConnection(url + "?useServerPrepStmts=true", "op", "secret");
                PreparedStatement clients = console.prepareStatement("SHOW CLIENTS WHERE application_name = ?")) {
            assertThat(console.getMetaData().getDatabaseProductVersion()).contains("connbudget");
            assertThat(console.isValid(5)).isTrue();
            clients.setString(1, "holder-job");
            try (ResultSet rows = clients.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("state")).isEqualTo("held");
                assertThat(rows.getLong("link")).isPositive();
                assertThat(rows.next()).isFalse();
            }
        }
        assertThatThrownBy(() -> DriverManager.getConnection(url, "op", "wrong").close())
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1045));
    }
}
