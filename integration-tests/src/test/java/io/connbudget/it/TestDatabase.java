package io.connbudget.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** A schema and an account on a server, for one test. Closing drops both, and ends what connections the account has. */
public final class TestDatabase implements AutoCloseable {
    private final DatabaseServer server;
    private final String name;
    private final String password;

    private TestDatabase(DatabaseServer server, String name, String password) {
        this.server = server;
        this.name = name;
        this.password = password;
    }

    /** Makes both with a name that starts like {@code prefix} and no other has. */
    public static TestDatabase create(DatabaseServer server, String prefix) {
        String start = prefix.toLowerCase(Locale.ROOT);
        String name = "it_" + start.substring(0, Math.min(12, start.length())) + "_"
                + Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
        return named(server, name, "secret-" + name);
    }

    /** Makes both with this name, in the place of what is left of an earlier run. */
    public static TestDatabase named(DatabaseServer server, String name, String password) {
        TestDatabase database = new TestDatabase(server, name, password);
        database.execute(
                "DROP DATABASE IF EXISTS " + name,
                "DROP USER IF EXISTS '" + name + "'@'%'",
                "CREATE DATABASE " + name + " CHARACTER SET utf8mb4",
                "CREATE USER '" + name + "'@'%' IDENTIFIED BY '" + database.password + "'",
                "GRANT ALL ON " + name + ".* TO '" + name + "'@'%'");
        return database;
    }

    public DatabaseServer server() {
        return server;
    }

    public String schema() {
        return name;
    }

    public String user() {
        return name;
    }

    public String password() {
        return password;
    }

    /** Runs statements as the administrator, past any proxy. */
    public void execute(String... statements) {
        try (Connection administrator = server.administrator();
                Statement sql = administrator.createStatement()) {
            for (String statement : statements) {
                sql.execute(statement);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(server + ": " + e.getMessage(), e);
        }
    }

    /** Ids, as the server counts, of the connections that the account has at this moment. */
    public List<Long> connectionIds() {
        List<Long> ids = new ArrayList<>();
        try (Connection administrator = server.administrator();
                Statement sql = administrator.createStatement();
                ResultSet rows = sql.executeQuery("SHOW PROCESSLIST")) {
            while (rows.next()) {
                if (name.equals(rows.getString("User"))) {
                    ids.add(rows.getLong("Id"));
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(server + ": " + e.getMessage(), e);
        }
        return ids;
    }

    /** Ends a connection at the server; one that is gone already is none to end. */
    public void kill(long connectionId) {
        try (Connection administrator = server.administrator();
                Statement sql = administrator.createStatement()) {
            sql.execute("KILL " + connectionId);
        } catch (SQLException e) {
            int noSuchThread = 1094;
            if (e.getErrorCode() != noSuchThread) {
                throw new IllegalStateException(server + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() {
        connectionIds().forEach(this::kill);
        execute("DROP USER '" + name + "'@'%'", "DROP DATABASE " + name);
    }

    @Override
    public String toString() {
        return server.name();
    }
}
