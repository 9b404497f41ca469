package io.connbudget.proxy.backend;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/**
 * How many connections the server has room for, as it says itself. The one slot above {@code max_connections} that MySQL and
 * MariaDB keep for an account with CONNECTION_ADMIN (CONNECTION ADMIN, SUPER) is nobody's to plan with, and not in any of these.
 *
 * @param maxConnections {@code max_connections}
 * @param maxUserConnections {@code max_user_connections} of the proxy's account, its own limit or the general one; 0 for none
 * @param others connections at this moment that are not {@code own}
 * @param own connections at this moment of the proxy itself, whatever account they are logged in as, and of its account, those of
 *     other proxies with it included
 * @see <a href="https://dev.mysql.com/doc/refman/9.1/en/client-connections.html">MySQL: connection interfaces</a>
 */
public record ServerLimits(int maxConnections, int maxUserConnections, int others, int own) {

    /** Looks at a server that is opening connections, before what it says is taken as it is. */
    private static final int LOOKS = 3;

    /**
     * Which connections are not "of others" beside those of the account that asks. A backend of the proxy is logged in as
     * whatever account its client needs (COM_CHANGE_USER), and then looks like somebody else's.
     *
     * @param connectionIds gives the server's ids of the proxy's connections; they are known without any privilege
     * @param accounts names of accounts that only proxies which share the database use; without PROCESS nobody sees them
     */
    public record Ours(Supplier<Set<Long>> connectionIds, Set<String> accounts) {
        /** The account that asks, and nobody else. */
        public static final Ours NONE = new Ours(Set::of, Set.of());

        public Ours {
            accounts = Set.copyOf(accounts);
        }
    }

    /** Reads over a connection of the proxy's account; needs no privilege. */
    public static ServerLimits read(Connection connection, Ours ours) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            Set<Long> own = own(statement, ours);
            int connected = connected(statement);
            for (int look = 1; look < LOOKS && !own.equals(own(statement, ours)); look++) {
                // The proxy opens connections, or closes some, between one question and the next.
                own = own(statement, ours);
                connected = connected(statement);
            }
            // The session's value is the account's own limit where it has one.
            try (ResultSet row =
                    statement.executeQuery("SELECT @@global.max_connections, @@session.max_user_connections")) {
                row.next();
                return new ServerLimits(count(row, 1), count(row, 2), Math.max(0, connected - own.size()), own.size());
            }
        }
    }

    private static int connected(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Threads_connected'")) {
            row.next();
            return count(row, 2);
        }
    }

    /** MySQL's variables go up to 2^32 - 1. */
    private static int count(ResultSet row, int column) throws SQLException {
        return (int) Math.min(Integer.MAX_VALUE, row.getLong(column));
    }

    /**
     * Without PROCESS an account is shown its own connections only. Not from information_schema: MySQL fails the query when
     * one running statement has bytes that its column cannot hold.
     */
    private static Set<Long> own(Statement statement, Ours ours) throws SQLException {
        Set<Long> own = new HashSet<>(ours.connectionIds().get());
        Set<String> accounts = new HashSet<>(ours.accounts());
        try (ResultSet row = statement.executeQuery("SELECT USER()")) {
            row.next();
            String user = row.getString(1);
            // A host has no @, a user may.
            accounts.add(user.substring(0, user.lastIndexOf('@')));
        }
        try (ResultSet rows = statement.executeQuery("SHOW PROCESSLIST")) {
            while (rows.next()) {
                if (accounts.contains(rows.getString("User"))) {
                    own.add(rows.getLong("Id"));
                }
            }
        }
        return own;
    }
}
