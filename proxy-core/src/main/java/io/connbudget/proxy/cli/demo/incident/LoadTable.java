package io.connbudget.proxy.cli.demo.incident;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The table that the load works on. Each transaction adds 1 to one row, so the sum over all rows is the number of
 * transactions that the database committed: one lost or done twice shows.
 */
public final class LoadTable {
    private static final String NAME = "connbudget_load";

    private LoadTable() {}

    /** Makes the table anew, in the connection's schema, with {@code rows} rows of 0. */
    public static void create(Connection connection, int rows) throws SQLException {
        try (Statement sql = connection.createStatement()) {
            sql.execute("DROP TABLE IF EXISTS " + NAME);
            sql.execute("CREATE TABLE " + NAME + " (id INT PRIMARY KEY, n BIGINT NOT NULL) ENGINE=InnoDB");
            StringBuilder values =
                    new StringBuilder("INSERT INTO ").append(NAME).append(" VALUES ");
            for (int id = 0; id < rows; id++) {
                values.append(id == 0 ? "(" : ",(").append(id).append(",0)");
            }
            sql.execute(values.toString());
        }
    }

    /** Transactions that the database holds committed since {@link #create}. */
    public static long committed(Connection connection) throws SQLException {
        try (Statement sql = connection.createStatement();
                ResultSet sum = sql.executeQuery("SELECT SUM(n) FROM " + NAME)) {
            sum.next();
            return sum.getLong(1);
        }
    }

    /** The statements of one transaction on the row {@code id}. */
    static String[] transaction(int id) {
        return new String[] {
            "BEGIN",
            "UPDATE " + NAME + " SET n = n + 1 WHERE id = " + id,
            "SELECT n FROM " + NAME + " WHERE id = " + id,
            "COMMIT"
        };
    }
}
