package io.connbudget.it;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * A database server that tests may use beside others: they make schemas and accounts of their own and change nothing
 * global.
 *
 * @param name for test reports
 */
public record DatabaseServer(String name, Kind kind, String host, int port, String adminUser, String adminPassword) {
    public enum Kind {
        MYSQL,
        MARIADB
    }

    /** A connection as the administrator, past any proxy; the caller closes it. */
    public Connection administrator() throws SQLException {
        return DriverManager.getConnection(jdbcUrl(""), adminUser, adminPassword);
    }

    /** JDBC URL of a schema at the server itself. */
    public String jdbcUrl(String schema) {
        return "jdbc:mysql://" + host + ":" + port + "/" + schema + "?allowPublicKeyRetrieval=true";
    }

    @Override
    public String toString() {
        return name;
    }
}
