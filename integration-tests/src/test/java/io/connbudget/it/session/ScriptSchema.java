package io.connbudget.it.session;

import io.connbudget.it.DatabaseServer;
import java.util.List;
import java.util.stream.Stream;

/** The schema that one scripted client works in: tables, routines and a trigger that change session state unseen. */
final class ScriptSchema {
    /** A table whose definition scripts may change, and no table and no view of the names that they may make. */
    static final List<String> CHANGEABLE = List.of(
            "DROP VIEW IF EXISTS vw",
            "DROP TABLE IF EXISTS y, n",
            "CREATE TABLE y (id INT AUTO_INCREMENT PRIMARY KEY, v INT) ENGINE=InnoDB");

    private ScriptSchema() {}

    /** The role that the account of this schema's client may take: the schema's name with another end. */
    static String role(String schema) {
        return schema.substring(0, schema.lastIndexOf('_')) + "_r";
    }

    /** Statements for the administrator, with the new schema as the current one. */
    static List<String> definition(DatabaseServer.Kind kind) {
        String collation = kind == DatabaseServer.Kind.MARIADB ? "utf8mb4_general_ci" : "utf8mb4_0900_ai_ci";
        String table = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE " + collation;
        return Stream.concat(CHANGEABLE.stream(), fixed(table)).toList();
    }

    private static Stream<String> fixed(String table) {
        return Stream.of(
                "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT, s VARCHAR(50), UNIQUE KEY u (v))" + table,
                "CREATE TABLE w (a TINYINT, b VARCHAR(3), c DATE)" + table,
                "CREATE TABLE x (id INT AUTO_INCREMENT PRIMARY KEY, d DECIMAL(10,2), f DOUBLE, b BLOB,"
                        + " j VARCHAR(20), ts DATETIME(6))" + table,
                "CREATE TABLE g (id INT AUTO_INCREMENT PRIMARY KEY, v INT)" + table,
                "CREATE TRIGGER g_before BEFORE INSERT ON g FOR EACH ROW SET @trg = NEW.v",
                "CREATE PROCEDURE p_vars() BEGIN SET @p = 7; SET SESSION div_precision_increment = 8; END",
                "CREATE PROCEDURE p_rows() BEGIN SELECT 1 AS one; SELECT v, s FROM t ORDER BY v; END",
                // MySQL gives a CALL that runs no statement the affected rows of the statement before it: hence the DO.
                "CREATE PROCEDURE p_out(IN a INT, OUT b INT, INOUT c VARCHAR(20))"
                        + " BEGIN SET b = a + 1; SET c = CONCAT(c, '!'); DO 0; END",
                "CREATE PROCEDURE p_fail() BEGIN SET SESSION div_precision_increment = 9; SET @pf = 1;"
                        + " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'asked for'; END",
                "CREATE PROCEDURE p_temp() BEGIN CREATE TEMPORARY TABLE IF NOT EXISTS ptmp SELECT 5 AS z; END",
                "CREATE PROCEDURE p_lock() BEGIN DO GET_LOCK('{db}_p', 0); END",
                "CREATE PROCEDURE p_warn() BEGIN SELECT 1/0; SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'mind'; END",
                "CREATE PROCEDURE p_role() SQL SECURITY INVOKER SET ROLE {role}",
                "CREATE PROCEDURE p_ins() BEGIN INSERT INTO g (v) VALUES (3); END",
                "CREATE FUNCTION f_var(a INT) RETURNS INT DETERMINISTIC BEGIN SET @fv = a; RETURN a * 2; END",
                "CREATE FUNCTION f_seen() RETURNS VARCHAR(20) CHARSET utf8mb4 DETERMINISTIC RETURN @seen",
                "CREATE VIEW vseen AS SELECT f_seen() AS seen",
                "CREATE FUNCTION f_last() RETURNS BIGINT DETERMINISTIC READS SQL DATA RETURN LAST_INSERT_ID()",
                // From here on for named scripts alone.
                "CREATE FUNCTION f_vp() RETURNS INT DETERMINISTIC RETURN @vp",
                "CREATE VIEW vvp AS SELECT f_vp() AS p",
                "CREATE FUNCTION f_both(a INT) RETURNS INT DETERMINISTIC BEGIN SET @both = a, SESSION div_precision_increment = 9;"
                        + " IF a > 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'asked for'; END IF; RETURN a; END",
                "CREATE VIEW vboth AS SELECT f_both(1) AS a",
                "CREATE VIEW vfails AS SELECT f_both(2) AS a",
                "CREATE TABLE li (id INT PRIMARY KEY AUTO_INCREMENT, n INT)" + table,
                "CREATE TRIGGER li_before BEFORE INSERT ON li FOR EACH ROW SET NEW.n = LAST_INSERT_ID()",
                "CREATE TABLE tu (v INT)" + table,
                "CREATE TRIGGER tu_before BEFORE INSERT ON tu FOR EACH ROW"
                        + " BEGIN SET @tu = NEW.v, SESSION div_precision_increment = 9; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'asked for'; END");
    }
}
