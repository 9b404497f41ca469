package io.connbudget.it.budget;

import io.connbudget.it.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the server itself says of the proxy's connections: how many there are, and whose statements they run by a mark in the text. */
final class RunningStatements implements AutoCloseable {
    private final Connection administrator;
    private final Statement sql;
    private final String account;

    /** One look. */
    record Count(int connections, Map<String, Integer> running) {
        int of(String mark) {
            return running.getOrDefault(mark, 0);
        }
    }

    RunningStatements(TestDatabase database) throws SQLException {
        this.administrator = database.server().administrator();
        this.sql = administrator.createStatement();
        this.account = database.user();
    }

    /** A statement that takes a while, carries a mark and is answered by one packet. */
    static String marked(String mark, String seconds) {
        return "DO /*" + mark + "*/ SLEEP(" + seconds + ")";
    }

    Count count() throws SQLException {
        int connections = 0;
        Map<String, Integer> running = new LinkedHashMap<>();
        try (ResultSet list = sql.executeQuery("SHOW PROCESSLIST")) {
            while (list.next()) {
                if (account.equals(list.getString("User"))) {
                    connections++;
                    String info = list.getString("Info");
                    if (info != null && info.startsWith("DO /*")) {
                        running.merge(info.substring(5, info.indexOf('*', 5)), 1, Integer::sum);
                    }
                }
            }
        }
        return new Count(connections, running);
    }

    @Override
    public void close() throws SQLException {
        administrator.close();
    }
}
