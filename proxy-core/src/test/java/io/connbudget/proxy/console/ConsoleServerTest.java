package io.connbudget.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.config.AdminRole;
import io.connbudget.proxy.config.DoorConfig;
import io.connbudget.proxy.identity.LoginBackOff;
import io.connbudget.proxy.operate.OperateException;
import io.connbudget.proxy.operate.PoolRow;
import io.connbudget.proxy.operate.ProxyControl;
import io.connbudget.proxy.operate.ProxyView;
import io.connbudget.proxy.operate.WaiterRow;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.wire.auth.NativePassword;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console as Connector/J sees it, over a view and a control of the test's own. */
class ConsoleServerTest {
    private final List<String> done = new CopyOnWriteArrayList<>();
    private Map<String, Operator> operators = Map.of(
            "op", new Operator("op", "secret", AdminRole.OPERATOR),
            "look", new Operator("look", "look", AdminRole.READ_ONLY));
    private ConsoleServer console;

    @BeforeEach
    void start() throws Exception {
        listen(Duration.ofSeconds(10), DoorConfig.NO_BACK_OFF);
    }

    private void listen(Duration loginTimeout, int failedLogins) throws Exception {
        ProxyControl control = (ProxyControl) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ProxyControl.class}, (self, method, arguments) -> {
                    done.add(method.getName() + (arguments == null ? "" : " " + List.of(arguments)));
                    if (method.getName().equals("resume")) {
                        throw new OperateException("the proxy is not paused");
                    }
                    return "done";
                });
        ProxyView view = (ProxyView) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ProxyView.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "pools" ->
                        List.of(new PoolRow(
                                "db:3306", "app", 3, 2, 1, 3, 1, 0, 0, 12, 345_678, "transaction", 5, 4, 4, true));
                    case "waiters" ->
                        List.of(
                                new WaiterRow(7, "app", "web", "10.0.0.1", "celery", "12", 1500, 8500, "select ?"),
                                new WaiterRow(9, "app", "batch", "10.0.0.2", "it's", "13", 2, 9998, "insert ?"));
                    default -> List.of();
                });
        console = ConsoleServer.start(
                new InetSocketAddress("127.0.0.1", 0),
                () -> operators,
                view,
                control,
                "8.4.0-test",
                () -> Duration.ofSeconds(5),
                new ConsoleDoor(
                        loginTimeout, new LoginBackOff(new DoorConfig(1, failedLogins, Duration.ofSeconds(60), null))));
    }

    @AfterEach
    void stop() {
        console.close();
    }

    private Connection connect(String user, String password, String... properties) throws SQLException {
        Properties given = new Properties();
        given.setProperty("user", user);
        given.setProperty("password", password);
        for (int i = 0; i < properties.length; i += 2) {
            given.setProperty(properties[i], properties[i + 1]);
        }
        return DriverManager.getConnection(
                "jdbc:mysql://127.0.0.1:" + console.address().getPort() + "/", given);
    }

    private static List<String> column(Connection connection, String sql, String column) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(column));
            }
        }
        return values;
    }

    @Test
    void showsRowsUnderPgBouncersNames() throws Exception {
        try (Connection connection = connect("look", "look");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW POOLS;")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt("cl_active")).isEqualTo(3);
            assertThat(rows.getInt("cl_waiting")).isEqualTo(2);
            assertThat(rows.getLong("maxwait")).isEqualTo(12);
            assertThat(rows.getLong("maxwait_us")).isEqualTo(345_678);
            assertThat(rows.getString("pool_mode")).isEqualTo("transaction");
            assertThat(rows.getBoolean("paused")).isTrue();
        }
    }

    @Test
    void filtersRows() throws Exception {
        try (Connection connection = connect("look", "look")) {
            assertThat(column(connection, "show waiters", "id")).containsExactly("7", "9");
            assertThat(column(connection, "show waiters like 'CEL%'", "id")).containsExactly("7");
            assertThat(column(connection, "show waiters where client_class = batch", "id"))
                    .containsExactly("9");
            assertThat(column(connection, "show waiters where application_name like 'it''_'", "id"))
                    .containsExactly("9");
            assertThat(column(connection, "show waiters where wait_ms = 1500", "id"))
                    .containsExactly("7");
            assertThatThrownBy(() -> column(connection, "show waiters where nope = 1", "id"))
                    .hasMessageContaining("there is no column 'nope'; expected one of id, user");
        }
    }

    @Test
    void runsAnOperatorsCommands() throws Exception {
        try (Connection connection = connect("op", "secret");
                Statement statement = connection.createStatement()) {
            statement.execute("PAUSE");
            statement.execute("kill 17;");
            statement.execute("SET web.queue-timeout = 3s");
            statement.execute("/* by hand */ shutdown wait");
            assertThatThrownBy(() -> statement.execute("RESUME")).hasMessageContaining("the proxy is not paused");
            assertThatThrownBy(() -> statement.execute("KILL all")).hasMessageContaining("expected KILL <client>");
            assertThatThrownBy(() -> statement.execute("PAUSE now"))
                    .hasMessageContaining("expected nothing behind PAUSE");
        }
        assertThat(done)
                .containsExactly(
                        "pause [PT5S]", "kill [17]", "set [web, queue-timeout, 3s]", "shutdown [true]", "resume");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PAUSE",
                "RESUME",
                "RECONNECT",
                "RELOAD",
                "KILL 1",
                "SET web.max = 1",
                "SHUTDOWN",
                "SHUTDOWN WAIT"
            })
    void aReaderChangesNothing(String sql) throws Exception {
        try (Connection connection = connect("look", "look");
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute(sql))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getErrorCode()).isEqualTo(1227));
        }
        assertThat(done).isEmpty();
    }

    @Test
    void refusesWrongPasswordsAndUnknownAccountsAlike() {
        for (String[] login : new String[][] {{"op", "wrong"}, {"nobody", "secret"}, {"op", ""}, {"", ""}}) {
            assertThatThrownBy(() -> connect(login[0], login[1]).close())
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getErrorCode()).isEqualTo(1045));
        }
    }

    @Test
    void takesTheOlderPluginToo() throws Exception {
        try (Connection connection = connect("op", "secret", "defaultAuthenticationPlugin", "mysql_native_password")) {
            assertThat(column(connection, "SHOW POOLS", "database")).containsExactly("db:3306");
        }
    }

    @Test
    void answersTheSetUpOfClients() throws Exception {
        try (Connection connection = connect("op", "secret")) {
            assertThat(connection.isValid(5)).isTrue();
            assertThat(column(connection, "select @@version_comment limit 1", "@@version_comment"))
                    .containsExactly("connbudget console; SHOW HELP");
            assertThat(column(connection, "SELECT USER(), 7 AS n", "n")).containsExactly("7");
            assertThat(column(connection, "SHOW VARIABLES LIKE 'vers%on'", "Value"))
                    .containsExactly("8.4.0-test");
            assertThat(column(connection, "select table_name from information_schema.tables", "table_name"))
                    .isEmpty();
            connection.setAutoCommit(false);
            connection.rollback();
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET NAMES utf8mb4");
                assertThatThrownBy(() -> statement.execute("select $$")).hasMessageContaining("dollar quotes");
                assertThatThrownBy(() -> statement.execute("DROP TABLE x"))
                        .hasMessageContaining("The console does not know 'DROP TABLE x'; SHOW HELP lists what it does");
            }
        }
    }

    @Test
    void helpNamesEveryCommand() throws Exception {
        try (Connection connection = connect("look", "look")) {
            assertThat(column(connection, "SHOW HELP", "statement"))
                    .contains("SHOW HOLDERS", "SHOW PINS", "PAUSE", "KILL <client>", "SHUTDOWN WAIT");
        }
    }

    /** 32 places for all: whoever does not log in must not keep them. */
    @Test
    void strangersHaveFewPlacesAndNotForLong() throws Exception {
        console.close();
        listen(Duration.ofMillis(600), DoorConfig.NO_BACK_OFF);
        int port = console.address().getPort();
        List<RawClient> silent = new ArrayList<>();
        for (int i = 0; i < ConsoleDoor.MAX_STRANGERS; i++) {
            RawClient client = new RawClient(port);
            client.greeting();
            silent.add(client);
        }
        try (RawClient more = new RawClient(port)) {
            assertThat(more.answer().error()).isEqualTo(1040);
        }
        for (RawClient client : silent) {
            assertThat(client.answer().error()).isEqualTo(1159);
            assertThat(client.ended()).isTrue();
            client.close();
        }
        List<Connection> operators = new ArrayList<>();
        for (int i = 0; i < 2 * ConsoleDoor.MAX_STRANGERS; i++) {
            operators.add(connect("op", "secret"));
        }
        for (Connection operator : operators) {
            assertThat(operator.isValid(5)).isTrue();
            operator.close();
        }
    }

    @Test
    void wrongPasswordsAreAnsweredLaterAndRightOnesAtOnce() throws Exception {
        console.close();
        // The second answer is held back for as long as a login may take, which is longer than the test waits.
        listen(Duration.ofSeconds(60), 1);
        assertThatThrownBy(() -> connect("op", "wrong").close()).isInstanceOf(SQLException.class);
        try (RawClient guessing = new RawClient(console.address().getPort())) {
            byte[] scramble = NativePassword.scramble(
                    "wrong".getBytes(StandardCharsets.UTF_8),
                    guessing.greeting().nonce());
            guessing.send(1, RawClient.response(RawClient.CAPABILITIES, "op", scramble, null, NativePassword.PLUGIN));
            for (int i = 0; i < 3; i++) {
                connect("op", "secret").close();
            }
            assertThat(guessing.socket.getInputStream().available()).isZero();
        }
    }

    /** As HTTP does: the machine itself, and nobody else, needs no password where no administrator is configured. */
    @Test
    void withoutAdministratorsWhoeverIsHereIsOne() throws Exception {
        operators = Map.of();
        try (Connection connection = connect("anybody", "");
                Statement statement = connection.createStatement()) {
            statement.execute("PAUSE");
        }
        assertThat(done).containsExactly("pause [PT5S]");
        operators = Map.of("op", new Operator("op", "secret", AdminRole.OPERATOR));
        assertThatThrownBy(() -> connect("anybody", "").close()).hasMessageContaining("Access denied");
    }
}
