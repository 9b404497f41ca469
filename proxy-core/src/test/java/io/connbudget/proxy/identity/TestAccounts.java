package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Accounts of a real server, made for one test: each may read and write its own table and nothing else. */
final class TestAccounts implements AutoCloseable {
    private final TestServers server;
    private final String prefix;
    private final int count;

    TestAccounts(TestServers server, String prefix, int count) throws SQLException {
        this.server = server;
        this.prefix = prefix;
        this.count = count;
        try (Connection admin = admin();
                Statement sql = admin.createStatement()) {
            drop(sql);
            sql.execute("CREATE DATABASE " + prefix);
            sql.execute("CREATE USER " + prefix + "_pool" + identified("pool password"));
            for (int i = 0; i < count; i++) {
                sql.execute("CREATE USER " + name(i) + identified(password(i)));
                sql.execute("CREATE TABLE " + table(i) + " (id INT AUTO_INCREMENT PRIMARY KEY, who VARCHAR(64))");
                sql.execute("GRANT SELECT, INSERT, DELETE ON " + table(i) + " TO " + name(i));
                sql.execute("GRANT CREATE TEMPORARY TABLES ON " + prefix + ".* TO " + name(i));
            }
        }
    }

    private static String identified(String password) {
        return " IDENTIFIED BY '" + password + "'";
    }

    Connection admin() throws SQLException {
        return DriverManager.getConnection(url(), server.user(), server.password());
    }

    private String url() {
        return "jdbc:mysql://" + server.host() + ":" + server.port()
                + "/?allowPublicKeyRetrieval=true&sslMode=DISABLED";
    }

    Connection connect(int i) throws SQLException {
        return DriverManager.getConnection(url(), name(i), password(i));
    }

    String name(int i) {
        return prefix + "_" + i;
    }

    String password(int i) {
        return "password of " + i;
    }

    String table(int i) {
        return prefix + ".t" + i;
    }

    /** The server, with an account that may do nothing but log in. */
    TestServers asPool() {
        return new TestServers(
                server.name(), server.host(), server.port(), prefix + "_pool", "pool password", server.ca());
    }

    List<AccountConfig> configs() {
        List<AccountConfig> configs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            configs.add(AccountConfig.of(name(i), Secret.of(password(i))));
        }
        return configs;
    }

    /** Connections of these accounts, as the server counts them. */
    static int connections(Statement sql, String prefix) throws SQLException {
        // The underscore stands for any character, which does no harm here.
        try (ResultSet row = sql.executeQuery(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE user LIKE '" + prefix + "_%'")) {
            row.next();
            return row.getInt(1);
        }
    }

    private void drop(Statement sql) throws SQLException {
        sql.execute("DROP DATABASE IF EXISTS " + prefix);
        sql.execute("DROP USER IF EXISTS " + prefix + "_pool");
        for (int i = 0; i < count; i++) {
            sql.execute("DROP USER IF EXISTS " + name(i));
        }
    }

    @Override
    public void close() throws SQLException {
        try (Connection admin = admin();
                Statement sql = admin.createStatement()) {
            drop(sql);
        }
    }
}
