package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.cli.demo.incident.ConnectionSampler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Clients that know nothing of the proxy, as processes, on a budget of 16 backends. */
@Tag("clients")
final class RealClientsTest {
    /** A disk that stalls on a busy machine is not what is tested: commits may wait longer than clients do by default. */
    private static final ProxyProcess.Settings PATIENT =
            new ProxyProcess.Settings().set("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "60s");

    private static final int BUDGET = 16;

    @OnEveryServer
    void pymysql(TestDatabase database) throws Exception {
        run(database, ClientProgram.pythonWith("pymysql", "python3-pymysql"), "dbapi_client.py", "pymysql");
    }

    @OnEveryServer
    void mysqlclient(TestDatabase database) throws Exception {
        run(database, ClientProgram.pythonWith("MySQLdb", "python3-mysqldb"), "dbapi_client.py", "MySQLdb");
    }

    @OnEveryServer
    void sqlalchemyOnPymysql(TestDatabase database) throws Exception {
        String python = ClientProgram.pythonWith("sqlalchemy, pymysql", "python3-sqlalchemy and python3-pymysql");
        run(database, python, "sqlalchemy_client.py", "pymysql");
    }

    @OnEveryServer
    void sqlalchemyOnMysqlclient(TestDatabase database) throws Exception {
        String python = ClientProgram.pythonWith("sqlalchemy, MySQLdb", "python3-sqlalchemy and python3-mysqldb");
        run(database, python, "sqlalchemy_client.py", "mysqldb");
    }

    @OnEveryServer
    void django(TestDatabase database) throws Exception {
        run(
                database,
                ClientProgram.pythonWith("django, MySQLdb", "python3-django and python3-mysqldb"),
                "django_client.py");
    }

    @OnEveryServer
    void celeryPreforkWithAPoolInEachProcess(TestDatabase database) throws Exception {
        String python = ClientProgram.pythonWith("celery, pymysql", "python3-celery and python3-pymysql");
        run(database, python, "celery_client.py");
    }

    @OnEveryServer
    void mysql2ForNode(TestDatabase database) throws Exception {
        ClientProgram.program("node", "nodejs");
        ClientProgram.nodePackage("mysql2@3.24.6");
        run(database, "node", "mysql2_client.js");
    }

    @OnEveryServer
    void mysqlCommandLine(TestDatabase database) throws Exception {
        List<String> command = new ArrayList<>(List.of("bash", "cli_client.sh"));
        command.addAll(ClientProgram.mysqlClient());
        run(database, command.toArray(String[]::new));
    }

    @OnEveryServer
    void mariadbCommandLine(TestDatabase database) throws Exception {
        run(database, "bash", "cli_client.sh", ClientProgram.program("mariadb", "mariadb-client"));
    }

    @OnEveryServer
    void sysbenchWithPreparedStatements(TestDatabase database) throws Exception {
        ClientProgram.program("sysbench", "sysbench");
        run(database, "bash", "sysbench.sh", "auto", "256", "3000");
    }

    @OnEveryServer
    void sysbenchWithoutPreparedStatements(TestDatabase database) throws Exception {
        ClientProgram.program("sysbench", "sysbench");
        run(database, "bash", "sysbench.sh", "disable", "256", "3000");
    }

    /** Runs the client while the server's own count of its connections is watched. */
    private static void run(TestDatabase database, String... command) throws Exception {
        DatabaseServer server = database.server();
        try (ConnectionSampler sampler = ConnectionSampler.start(
                        server.jdbcUrl(""), server.adminUser(), server.adminPassword(), database.user());
                ProxyProcess proxy = ProxyProcess.start(database, BUDGET, PATIENT)) {
            ClientProgram.run(proxy.target(), command);
            if (!ProxyProcess.control()) {
                assertThat(sampler.peakOfAccount())
                        .as("connections that the server counted, of %s samples", sampler.samples())
                        .isBetween(1, BUDGET);
            }
        }
    }
}
