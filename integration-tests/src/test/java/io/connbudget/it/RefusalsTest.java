package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** What real drivers make of a refusal: the type of the exception, its text, and that the connection stays usable. */
final class RefusalsTest {
    @TempDir
    Path directory;

    /** One backend and one for KILL; two clients may come. */
    private ProxyProcess start(TestDatabase database) throws Exception {
        Path yaml = Files.writeString(directory.resolve("tight.yaml"), """
                budget:
                  max-connections: 2
                  classes:
                    tight: {max-clients: 2, queue-timeout: 400ms, idle-in-transaction-timeout: 3s}
                  rules:
                    - {class: tight, user: %s}
                """.formatted(database.user()));
        return ProxyProcess.start(database, 2, new ProxyProcess.Settings().config(yaml));
    }

    @OnEveryServer
    void connectorJ(TestDatabase database) throws Exception {
        try (ProxyProcess proxy = start(database);
                Connection holder = proxy.target().connect();
                Connection client = proxy.target().connect();
                Statement held = holder.createStatement();
                Statement sql = client.createStatement()) {
            SQLException atLogin = catchThrowableOfType(
                    SQLException.class, () -> proxy.target().connect().close());
            assertThat((Throwable) atLogin).isExactlyInstanceOf(SQLNonTransientConnectionException.class);
            assertThat(atLogin.getErrorCode()).isEqualTo(1040);
            assertThat((Throwable) atLogin)
                    .hasMessageContaining("class 'tight' has 2 of 2 clients, most from 127.0.0.1 (2)");

            held.execute("BEGIN");
            SQLException waited = catchThrowableOfType(SQLException.class, () -> sql.execute("SELECT 2"));
            assertThat((Throwable) waited).isExactlyInstanceOf(SQLNonTransientConnectionException.class);
            assertThat(waited.getErrorCode()).isEqualTo(1040);
            assertThat(waited.getSQLState()).isEqualTo("08004");
            assertThat(waited.getMessage())
                    .matches(
                            "Too many connections: class 'tight' got no backend within \\d+ ms.*: 1 in use, 1 of 1 in the"
                                    + " whole budget, 1 waiting, oldest wait \\d+ ms, most held by 127.0.0.1 \\(1\\); try again"
                                    + " later, shorten transactions, raise the budget, or raise queue-timeout of the class");
            assertThat(client.isClosed()).as("closed by the driver").isFalse();
            held.execute("COMMIT");
            assertThat(sql.execute("SELECT 3")).isTrue();

            held.execute("BEGIN");
            // The limit is a time: nothing else tells that it is over.
            TimeUnit.MILLISECONDS.sleep(3_200);
            assertThat(sql.execute("SELECT 5")).isTrue();
            SQLException ended = catchThrowableOfType(SQLException.class, () -> held.execute("SELECT 6"));
            assertThat((Throwable) ended).isExactlyInstanceOf(SQLSyntaxErrorException.class);
            assertThat(ended.getErrorCode()).isEqualTo(1226);
            assertThat((Throwable) ended)
                    .hasMessageContaining(
                            "above idle-in-transaction-timeout of 3000 ms in class 'tight', while others waited");
            assertThat(held.execute("SELECT 7")).isTrue();
            System.out.println(
                    database + ": " + atLogin + "\n" + database + ": " + waited + "\n" + database + ": " + ended);
        }
    }

    @OnEveryServer
    @Tag("clients")
    void pymysql(TestDatabase database) throws Exception {
        String python = ClientProgram.pythonWith("pymysql", "python3-pymysql");
        try (ProxyProcess proxy = start(database)) {
            ClientProgram.run(proxy.target(), python, "refusals_client.py");
        }
    }

    @OnEveryServer
    @Tag("clients")
    void mysql2ForNode(TestDatabase database) throws Exception {
        ClientProgram.program("node", "nodejs");
        ClientProgram.nodePackage("mysql2@3.24.6");
        try (ProxyProcess proxy = start(database)) {
            ClientProgram.run(proxy.target(), "node", "refusals_client.js");
        }
    }
}
