package io.connbudget.proxy.backend;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * How many connections the server has room for, as it says itself. The one slot above {@code max_connections} that MySQL and
 * MariaDB keep for an account with CONNECTION_ADMIN (CONNECTION ADMIN, SUPER) is nobody's to plan with, and not in any of these.
 *
 * @param maxConnections {@code max_connections}
 * @param maxUserConnections {@code max_user_connections} of the proxy's account, its own limit or the general one; 0 for none
 * @param others connections of other accounts at this moment
 * @param own connections of the proxy's account at this moment, those of other proxies with the same account included
 * @see <a href="https://dev.mysql.com/doc/refman/9.1/en/client-connections.html">MySQL: connection interfaces</a>
 */
public record ServerLimits(int maxConnections, int maxUserConnections, int others, int own) {

    /** Reads over a connection of the proxy's account; needs no privilege. */
    public static ServerLimits read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int own = own(statement);
            int connected;
            try (ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Threads_connected'")) {
                row.next();
                connected = row.getInt(2);
            }
            // The session's value is the account's own limit where it has one.
            try (ResultSet row =
                    statement.executeQuery("SELECT @@global.max_connections, @@session.max_user_connections")) {
                row.next();
                return new ServerLimits(row.getInt(1), row.getInt(2), Math.max(0, connected - own), own);
            }
        }
    }

    /**
     * Without PROCESS an account is shown its own connections only, which are the ones that are counted. Not from
     * information_schema: MySQL fails the query when one running statement has bytes that its column cannot hold.
     */
    private static int own(Statement statement) throws SQLException {
        String user;
        try (ResultSet row = statement.executeQuery("SELECT SUBSTRING_INDEX(USER(), '@', 1)")) {
            row.next();
            user = row.getString(1);
        }
        int own = 0;
        try (ResultSet rows = statement.executeQuery("SHOW PROCESSLIST")) {
            while (rows.next()) {
                own += user.equals(rows.getString("User")) ? 1 : 0;
            }
        }
        return own;
    }
}
