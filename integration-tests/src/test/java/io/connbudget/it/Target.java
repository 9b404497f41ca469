package io.connbudget.it;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Where a client connects: the proxy, or as a control the server itself. */
public record Target(String host, int port, String user, String password, String schema) {
    /** An answer that never comes then fails a test, which else would hang. */
    private static final int ANSWER_LIMIT_MILLIS = 90_000;

    /** The server itself. */
    public static Target direct(TestDatabase database) {
        return new Target(
                database.server().host(),
                database.server().port(),
                database.user(),
                database.password(),
                database.schema());
    }

    /** @param properties of Connector/J, {@code a=b&c=d}, or empty */
    public String jdbcUrl(String properties) {
        return "jdbc:mysql://" + host + ":" + port + "/" + schema + "?allowPublicKeyRetrieval=true&socketTimeout="
                + ANSWER_LIMIT_MILLIS + (properties.isEmpty() ? "" : "&" + properties);
    }

    /** A client's connection, which the caller closes. */
    public Connection connect(String properties) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(properties), user, password);
    }

    public Connection connect() throws SQLException {
        return connect("");
    }
}
