package io.connbudget.proxy.backend;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.Set;

/** Asks a database whether it takes writes. A replica, and a primary that has been replaced, have {@code read_only}. */
public final class ReadOnlyServer {
    /** MariaDB 12 has words where others have numbers. */
    private static final Set<String> OFF = Set.of("0", "OFF");

    private ReadOnlyServer() {}

    /** The connection was made, and given up since its server is read-only. */
    public static final class Refused extends SQLTransientConnectionException {
        private static final long serialVersionUID = 1;

        public Refused() {
            super("the database is read-only");
        }
    }

    /** Blocks for one round trip. The second variable is that of servers whose storage is read-only, such as Aurora's readers. */
    public static boolean is(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@global.read_only, @@global.innodb_read_only")) {
            row.next();
            return !OFF.contains(row.getString(1)) || !OFF.contains(row.getString(2));
        }
    }
}
