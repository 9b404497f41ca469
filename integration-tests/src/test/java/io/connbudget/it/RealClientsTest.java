package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.cli.demo.incident.ConnectionSampler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * Clients that know nothing of the proxy, as processes, one kind after the other through one proxy, on a budget of 16 backends. What
 * they say to set themselves up, and all else that is not named below, keeps no backend outside transactions: each pin of the run is
 * compared.
 */
@Tag("clients")
@ParameterizedClass(name = "{0}")
@ArgumentsSource(OnEveryServer.Databases.class)
final class RealClientsTest {
    /** A disk that stalls on a busy machine is not what is tested: commits may wait longer than clients do by default. */
    private static ProxyProcess.Settings patient() {
        return PinLog.with(new ProxyProcess.Settings().set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "60s"));
    }

    private static final int BUDGET = 16;
    private static final Set<String> NONE = Set.of();
    /** Of a script that makes a temporary table and prepares a statement as SQL. */
    private static final Set<String> TABLE_AND_STATEMENT = Set.of("TEMPORARY_TABLE", "SQL_PREPARE");
    /** And that calls a procedure. */
    private static final Set<String> CALL_TABLE_AND_STATEMENT =
            Set.of("HIDDEN_STATE", "TEMPORARY_TABLE", "SQL_PREPARE");

    private static ProxyProcess proxy;
    private static PinLog pinLog;

    private final TestDatabase database;

    RealClientsTest(TestDatabase database) {
        this.database = database;
    }

    @BeforeParameterizedClassInvocation
    static void startProxy(TestDatabase database) throws IOException {
        proxy = ProxyProcess.start(database, BUDGET, patient());
        pinLog = new PinLog(proxy);
    }

    @AfterParameterizedClassInvocation
    static void stopProxy() throws IOException {
        proxy.close();
    }

    @Test
    void pymysql() throws Exception {
        String python = ClientProgram.pythonWith("pymysql", "python3-pymysql");
        run(TABLE_AND_STATEMENT, python, "dbapi_client.py", "pymysql");
    }

    @Test
    void mysqlclient() throws Exception {
        String python = ClientProgram.pythonWith("MySQLdb", "python3-mysqldb");
        run(TABLE_AND_STATEMENT, python, "dbapi_client.py", "MySQLdb");
    }

    @Test
    void sqlalchemyOnPymysql() throws Exception {
        String python = ClientProgram.pythonWith("sqlalchemy, pymysql", "python3-sqlalchemy and python3-pymysql");
        run(NONE, python, "sqlalchemy_client.py", "pymysql");
    }

    @Test
    void sqlalchemyOnMysqlclient() throws Exception {
        String python = ClientProgram.pythonWith("sqlalchemy, MySQLdb", "python3-sqlalchemy and python3-mysqldb");
        run(NONE, python, "sqlalchemy_client.py", "mysqldb");
    }

    @Test
    void django() throws Exception {
        run(
                NONE,
                ClientProgram.pythonWith("django, MySQLdb", "python3-django and python3-mysqldb"),
                "django_client.py");
    }

    @Test
    void celeryPreforkWithAPoolInEachProcess() throws Exception {
        String python = ClientProgram.pythonWith("celery, pymysql", "python3-celery and python3-pymysql");
        run(NONE, python, "celery_client.py");
    }

    @Test
    void mysql2ForNode() throws Exception {
        ClientProgram.program("node", "nodejs");
        ClientProgram.nodePackage("mysql2@3.24.6");
        run(NONE, "node", "mysql2_client.js");
    }

    @Test
    void mysqlCommandLine() throws Exception {
        List<String> command = new ArrayList<>(List.of("bash", "cli_client.sh"));
        command.addAll(ClientProgram.mysqlClient());
        run(CALL_TABLE_AND_STATEMENT, command.toArray(String[]::new));
    }

    @Test
    void mariadbCommandLine() throws Exception {
        run(CALL_TABLE_AND_STATEMENT, "bash", "cli_client.sh", ClientProgram.program("mariadb", "mariadb-client"));
    }

    @Test
    void sysbenchWithPreparedStatements() throws Exception {
        ClientProgram.program("sysbench", "sysbench");
        run(NONE, "bash", "sysbench.sh", "auto", "256", "2000");
    }

    @Test
    void sysbenchWithoutPreparedStatements() throws Exception {
        ClientProgram.program("sysbench", "sysbench");
        run(NONE, "bash", "sysbench.sh", "disable", "256", "2000");
    }

    /**
     * Runs the client while the server's own count of its connections is watched.
     *
     * @param pins the reasons for which its sessions keep a backend at some time, transactions left out
     */
    private void run(Set<String> pins, String... command) throws Exception {
        DatabaseServer server = database.server();
        try (ConnectionSampler sampler = ConnectionSampler.start(
                server.jdbcUrl(""), server.adminUser(), server.adminPassword(), database.user())) {
            ClientProgram.run(proxy.target(), command);
            if (!ProxyProcess.control()) {
                List<PinLog.Pin> pinned = pinLog.take();
                assertThat(PinLog.reasons(pinned))
                        .as("reasons of the pins %s", pinned)
                        .isEqualTo(pins);
                assertThat(sampler.peakOfAccount())
                        .as("connections that the server counted, of %s samples", sampler.samples())
                        .isBetween(1, BUDGET);
            }
        }
    }
}
