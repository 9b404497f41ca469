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

    /**
     * A connection as the administrator, past any proxy; the caller closes it. Not in strict mode, in which MySQL fails
     * a look at the process list when one running statement has bytes that its column cannot hold.
     */
    public Connection administrator() throws SQLException {
        return DriverManager.getConnection(jdbcUrl("") + "&sessionVariables=sql_mode=''", adminUser, adminPassword);
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
