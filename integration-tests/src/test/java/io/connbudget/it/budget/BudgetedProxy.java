package io.connbudget.it.budget;

import io.connbudget.it.Await;
import io.connbudget.it.TestDatabase;
import io.connbudget.proxy.ProxyServer;
import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.metrics.ProxyMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

/** A proxy in the JVM of the test, whose budget a test writes as YAML. Its accounts are a, b, c and d, all with the password "x". */
final class BudgetedProxy implements AutoCloseable {
    static final String PASSWORD = "x";

    private final TestDatabase database;
    private final ProxyMetrics metrics = new ProxyMetrics();
    private final ProxyServer server;

    private BudgetedProxy(TestDatabase database, ProxyConfig config) {
        this.database = database;
        this.server = new ProxyServer(config, metrics);
    }

    /** Starts one and waits until it serves; {@code budget} is what stands below {@code budget:}. */
    static BudgetedProxy start(TestDatabase database, String budget) throws Exception {
        return start(database, budget, "", "");
    }

    /** As above; {@code frontend} is more of that section, and {@code accounts} more entries of that list. */
    static BudgetedProxy start(TestDatabase database, String budget, String frontend, String accounts)
            throws Exception {
        BudgetedProxy proxy = new BudgetedProxy(database, config(database, budget, frontend, accounts));
        proxy.server.start();
        Await.until("the proxy is ready", () -> proxy.server.notReadyReason().isEmpty());
        return proxy;
    }

    /** Starts one whose database may not let it in yet. */
    static BudgetedProxy starting(TestDatabase database, String budget) throws Exception {
        BudgetedProxy proxy = new BudgetedProxy(database, config(database, budget, "", ""));
        proxy.server.start();
        return proxy;
    }

    private static ProxyConfig config(TestDatabase database, String budget, String frontend, String accounts) {
        try {
            Path file = Files.createTempFile("connbudget-it-", ".yaml");
            try {
                Files.writeString(
                        file,
                        """
                        listen: 127.0.0.1:0
                        http: off
                        event-loops: 1
                        frontend:
                          max-unauthenticated: 5000
                        %5$s
                        backend:
                          address: "%1$s:%2$d"
                          user: %3$s
                          password: %4$s
                        accounts:
                          - {name: a, password: x, backend-user: "%3$s"}
                          - {name: b, password: x, backend-user: "%3$s"}
                          - {name: c, password: x, backend-user: "%3$s"}
                          - {name: d, password: x, backend-user: "%3$s"}
                        %6$s
                        budget:
                        """.formatted(
                                                database.server().host(),
                                                database.server().port(),
                                                database.user(),
                                                database.password(),
                                                frontend.indent(2),
                                                accounts.indent(2))
                                + budget.indent(2));
                return new ConfigLoader(Map.of()).load(file, Map.of()).config();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Puts another budget in force. */
    void reload(String budget) {
        server.reloadBudget(config(database, budget, "", ""));
    }

    int port() {
        return server.clientAddress().getPort();
    }

    /** A client's connection, which the caller closes. */
    Connection connect(String user) throws SQLException {
        return connect(user, database.schema(), "");
    }

    /** As above with another schema, and more properties of Connector/J, each behind an ampersand. */
    Connection connect(String user, String schema, String properties) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mysql://127.0.0.1:" + port() + "/" + schema + "?allowPublicKeyRetrieval=true&socketTimeout=60000"
                        + properties,
                user,
                PASSWORD);
    }

    /** Sum of a metric over its tags. */
    double metric(String name) {
        double sum = 0;
        for (String line : metrics.scrape().split("\n")) {
            if (line.startsWith(name + " ") || line.startsWith(name + "{")) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    /** Why it does not serve yet; empty when it does. */
    String notReady() {
        return server.notReadyReason().orElse("");
    }

    int budget() {
        return (int) metric("connbudget_budget_connections");
    }

    int waiting() {
        return (int) metric("connbudget_waiters");
    }

    @Override
    public void close() {
        server.close();
        metrics.close();
    }
}
