package io.connbudget.proxy.backend;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * What a database server says of itself, read over one connection.
 *
 * @param version as in its greeting: MariaDB's has a prefix there that drivers need to recognise it
 * @param sessionVariables every variable that a session has, those that only exist globally left out where the server says which
 * @param defaultCollation of logins whose collation id the server does not know
 * @param sqlMode of sessions that set none
 * @param autocommit of sessions that set none
 * @param globalVariables values by name in lower case
 */
public record ServerProbe(
        String version,
        TreeSet<String> sessionVariables,
        List<Collation> collations,
        String defaultCollation,
        String sqlMode,
        boolean autocommit,
        Map<String, String> globalVariables) {

    /** One row of information_schema.COLLATIONS. */
    public record Collation(int id, String name, String characterSet) {}

    /** Reads over a connection that nobody else uses. */
    public static ServerProbe read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            String version = connection.getMetaData().getDatabaseProductVersion();
            String collation;
            String sqlMode;
            boolean autocommit;
            try (ResultSet row = statement.executeQuery(
                    "SELECT @@global.collation_server, @@global.sql_mode, @@global.autocommit")) {
                row.next();
                collation = row.getString(1);
                sqlMode = row.getString(2);
                autocommit = row.getBoolean(3);
            }
            TreeSet<String> names = new TreeSet<>();
            // MariaDB announces some global variables in place of a session's (docs/adr/0022).
            String sessionVariables = version.contains("MariaDB")
                    ? "SELECT LOWER(VARIABLE_NAME) FROM information_schema.SYSTEM_VARIABLES"
                            + " WHERE VARIABLE_SCOPE <> 'GLOBAL'"
                    : "SHOW SESSION VARIABLES";
            try (ResultSet rows = statement.executeQuery(sessionVariables)) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
            Map<String, String> globals = new HashMap<>();
            try (ResultSet rows = statement.executeQuery("SHOW GLOBAL VARIABLES")) {
                while (rows.next()) {
                    globals.put(rows.getString(1).toLowerCase(Locale.ROOT), rows.getString(2));
                }
            }
            List<Collation> collations = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery(
                    "SELECT ID, COLLATION_NAME, CHARACTER_SET_NAME FROM information_schema.COLLATIONS"
                            + " WHERE ID IS NOT NULL AND CHARACTER_SET_NAME IS NOT NULL")) {
                while (rows.next()) {
                    collations.add(new Collation(rows.getInt(1), rows.getString(2), rows.getString(3)));
                }
            }
            return new ServerProbe(version, names, collations, collation, sqlMode, autocommit, globals);
        }
    }
}
