package io.connbudget.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the proxy's console shows. */
final class ConsoleTable {
    private ConsoleTable() {}

    /** The rows of a SHOW, each as its values by their columns' names. */
    static List<Map<String, String>> rows(Connection console, String show) throws SQLException {
        List<Map<String, String>> all = new ArrayList<>();
        try (Statement statement = console.createStatement();
                ResultSet rows = statement.executeQuery(show)) {
            while (rows.next()) {
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.put(rows.getMetaData().getColumnLabel(i), rows.getString(i));
                }
                all.add(row);
            }
        }
        return all;
    }
}
