package io.connbudget.proxy.session.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * One bit for each thing that a statement may do to, or see of, its session. A set of them is a {@code long}.
 *
 * <p>In doubt a bit is set: a fact too many costs a pin, one too few a wrong answer.
 */
public final class Facts {
    /** {@code LAST_INSERT_ID()}, {@code @@last_insert_id}, {@code @@identity}, {@code @@insert_id}. */
    public static final long OBSERVES_LAST_INSERT_ID = 1L;
    /** {@code LAST_INSERT_ID(expr)}, {@code SET last_insert_id|insert_id|identity}. Inserts are announced by the server and not marked. */
    public static final long SETS_LAST_INSERT_ID = 1L << 1;

    public static final long OBSERVES_ROW_COUNT = 1L << 2;
    public static final long OBSERVES_FOUND_ROWS = 1L << 3;
    public static final long CALC_FOUND_ROWS = 1L << 4;
    /** SHOW WARNINGS, SHOW ERRORS, their COUNT(*) forms, GET DIAGNOSTICS, {@code @@warning_count}, {@code @@error_count}. */
    public static final long OBSERVES_DIAGNOSTICS = 1L << 5;
    /** Any {@code @name}, whether read or assigned. */
    public static final long READS_USER_VARIABLE = 1L << 6;

    public static final long ASSIGNS_USER_VARIABLE = 1L << 7;
    public static final long TAKES_NAMED_LOCK = 1L << 8;
    /** RELEASE_LOCK or RELEASE_ALL_LOCKS. */
    public static final long RELEASES_NAMED_LOCK = 1L << 9;

    public static final long CREATES_TEMPORARY_TABLE = 1L << 10;
    /** DROP [TEMPORARY] TABLE or SEQUENCE. */
    public static final long DROPS_TABLE = 1L << 11;

    public static final long LOCKS_TABLES = 1L << 12;
    /** UNLOCK TABLES; it ends {@link #GLOBAL_READ_LOCK} too. */
    public static final long UNLOCKS_TABLES = 1L << 13;
    /** FLUSH TABLES ... WITH READ LOCK or FOR EXPORT. */
    public static final long GLOBAL_READ_LOCK = 1L << 14;
    /** LOCK INSTANCE FOR BACKUP, BACKUP STAGE, BACKUP LOCK. */
    public static final long INSTANCE_LOCK = 1L << 15;

    public static final long INSTANCE_UNLOCK = 1L << 16;
    public static final long HANDLER_OPEN = 1L << 17;
    public static final long HANDLER_CLOSE = 1L << 18;
    public static final long SQL_PREPARE = 1L << 19;
    public static final long SQL_EXECUTE = 1L << 20;
    public static final long SQL_DEALLOCATE = 1L << 21;
    public static final long SETS_ROLE = 1L << 22;
    public static final long SETS_RESOURCE_GROUP = 1L << 23;
    /** Any SET of a {@code session_track_*} variable. */
    public static final long SETS_SESSION_TRACKING = 1L << 24;
    /** Any SET of a system variable of the session. */
    public static final long SETS_VARIABLE = 1L << 25;
    /** SET NAMES, SET CHARACTER SET. */
    public static final long SETS_NAMES = 1L << 26;

    public static final long SETS_TRANSACTION = 1L << 27;
    /** SET GLOBAL, PERSIST, PERSIST_ONLY. */
    public static final long SETS_GLOBAL = 1L << 28;

    public static final long XA = 1L << 29;
    public static final long BEGINS_TRANSACTION = 1L << 30;
    /** COMMIT, ROLLBACK, SET autocommit. Implicit commits are not marked, see {@link #DDL}. */
    public static final long ENDS_TRANSACTION = 1L << 31;

    public static final long SAVEPOINT = 1L << 32;
    public static final long USES_SCHEMA = 1L << 33;
    public static final long CALLS_ROUTINE = 1L << 34;
    /** A name before a parenthesis that neither grammar nor the server's built-in functions explain: it may be a stored function. */
    public static final long CALLS_UNKNOWN_FUNCTION = 1L << 35;
    /** CONNECTION_ID(), {@code @@pseudo_thread_id}, IS_USED_LOCK(), EXPLAIN FOR CONNECTION and others that show or name an id. */
    public static final long OBSERVES_CONNECTION_ID = 1L << 36;

    public static final long KILLS = 1L << 37;
    /** SHOW PROCESSLIST or a table of that name. */
    public static final long SHOWS_PROCESSLIST = 1L << 38;

    public static final long LOAD_DATA_LOCAL = 1L << 39;
    public static final long MULTIPLE_STATEMENTS = 1L << 40;
    /** INSERT, UPDATE, DELETE, REPLACE, LOAD: triggers may run. */
    public static final long WRITES_DATA = 1L << 41;
    /** Definitions, grants and other administration; most of them commit. */
    public static final long DDL = 1L << 42;
    /** MariaDB's SET STATEMENT ... FOR; the facts of the statement inside are there too. */
    public static final long SET_STATEMENT = 1L << 43;
    /** The first word is not known, or the statement is a block that runs at once (BEGIN NOT ATOMIC), or BINLOG. */
    public static final long UNKNOWN_VERB = 1L << 44;
    /** A quote, comment or routine body is open at the end, or the place where a token ends is in doubt. */
    public static final long UNTERMINATED = 1L << 45;
    /** PREPARE ... FROM a variable or expression, EXECUTE IMMEDIATE of one. */
    public static final long PREPARED_TEXT_UNKNOWN = 1L << 46;
    /** RELEASE_ALL_LOCKS, called for certain: {@code SELECT RELEASE_ALL_LOCKS()} or {@code DO RELEASE_ALL_LOCKS()}. */
    public static final long RELEASES_ALL_NAMED_LOCKS = 1L << 47;
    /** ALTER TABLE ... RENAME or RENAME TABLE: a temporary table may have another name afterwards. */
    public static final long RENAMES_TABLE = 1L << 48;
    /** SHOW [SESSION] STATUS, SHOW PROFILE(S), optimizer_trace, {@code @@last_gtid}: counters of the backend's own past. */
    public static final long OBSERVES_SESSION_STATUS = 1L << 49;
    /** MariaDB's NEXTVAL and NEXT VALUE FOR: {@link #OBSERVES_SEQUENCE} afterwards sees it on this backend only. */
    public static final long ADVANCES_SEQUENCE = 1L << 50;
    /** MariaDB's LASTVAL and PREVIOUS VALUE FOR. */
    public static final long OBSERVES_SEQUENCE = 1L << 51;
    /** COMMIT RELEASE, ROLLBACK RELEASE: the server closes the connection. */
    public static final long ENDS_CONNECTION = 1L << 52;

    /** LIMIT, FETCH, UNION, EXCEPT or INTERSECT anywhere: FOUND_ROWS() need not be the number of rows that came. */
    public static final long LIMITS_ROWS = 1L << 53;

    /** SET {@code @@name}, without a scope: MariaDB does not announce it. {@link #SETS_VARIABLE} is there too. */
    public static final long SETS_UNSCOPED = 1L << 54;
    /** SET of a variable that MariaDB from 11.1 on does not announce. {@link #SETS_VARIABLE} is there too. */
    public static final long SETS_UNANNOUNCED = 1L << 55;

    /** DUPLICATE anywhere: INSERT ... ON DUPLICATE KEY UPDATE has it. */
    public static final long UPDATES_DUPLICATES = 1L << 56;
    /** IGNORE anywhere. */
    public static final long IGNORES_ERRORS = 1L << 57;

    /** SET NAMES. {@link #SETS_NAMES} is there too. */
    public static final long SETS_CLIENT_COLLATION = 1L << 58;
    /** SET character_set_client, SET CHARACTER SET; with {@link #SETS_CLIENT_COLLATION} where it is set to DEFAULT. */
    public static final long SETS_CLIENT_CHARSET = 1L << 59;
    /** SET collation_connection, character_set_connection. */
    public static final long SETS_CONNECTION_COLLATION = 1L << 60;

    /** ROW_COUNT() behind another statement of the same text, which it asks about; {@link #OBSERVES_ROW_COUNT} is not there for it. */
    public static final long OBSERVES_OWN_ROW_COUNT = 1L << 61;

    /** CREATE and ALTER DATABASE. {@link #DDL} is there too. */
    public static final long DEFINES_SCHEMA = 1L << 62;

    private static final String[] NAMES = {
        "OBSERVES_LAST_INSERT_ID",
        "SETS_LAST_INSERT_ID",
        "OBSERVES_ROW_COUNT",
        "OBSERVES_FOUND_ROWS",
        "CALC_FOUND_ROWS",
        "OBSERVES_DIAGNOSTICS",
        "READS_USER_VARIABLE",
        "ASSIGNS_USER_VARIABLE",
        "TAKES_NAMED_LOCK",
        "RELEASES_NAMED_LOCK",
        "CREATES_TEMPORARY_TABLE",
        "DROPS_TABLE",
        "LOCKS_TABLES",
        "UNLOCKS_TABLES",
        "GLOBAL_READ_LOCK",
        "INSTANCE_LOCK",
        "INSTANCE_UNLOCK",
        "HANDLER_OPEN",
        "HANDLER_CLOSE",
        "SQL_PREPARE",
        "SQL_EXECUTE",
        "SQL_DEALLOCATE",
        "SETS_ROLE",
        "SETS_RESOURCE_GROUP",
        "SETS_SESSION_TRACKING",
        "SETS_VARIABLE",
        "SETS_NAMES",
        "SETS_TRANSACTION",
        "SETS_GLOBAL",
        "XA",
        "BEGINS_TRANSACTION",
        "ENDS_TRANSACTION",
        "SAVEPOINT",
        "USES_SCHEMA",
        "CALLS_ROUTINE",
        "CALLS_UNKNOWN_FUNCTION",
        "OBSERVES_CONNECTION_ID",
        "KILLS",
        "SHOWS_PROCESSLIST",
        "LOAD_DATA_LOCAL",
        "MULTIPLE_STATEMENTS",
        "WRITES_DATA",
        "DDL",
        "SET_STATEMENT",
        "UNKNOWN_VERB",
        "UNTERMINATED",
        "PREPARED_TEXT_UNKNOWN",
        "RELEASES_ALL_NAMED_LOCKS",
        "RENAMES_TABLE",
        "OBSERVES_SESSION_STATUS",
        "ADVANCES_SEQUENCE",
        "OBSERVES_SEQUENCE",
        "ENDS_CONNECTION",
        "LIMITS_ROWS",
        "SETS_UNSCOPED",
        "SETS_UNANNOUNCED",
        "UPDATES_DUPLICATES",
        "IGNORES_ERRORS",
        "SETS_CLIENT_COLLATION",
        "SETS_CLIENT_CHARSET",
        "SETS_CONNECTION_COLLATION",
        "OBSERVES_OWN_ROW_COUNT",
        "DEFINES_SCHEMA",
    };

    private Facts() {}

    /** The names of the facts in a set, in the order of their bits; for logs, metrics and tests. */
    public static List<String> names(long facts) {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < NAMES.length; bit++) {
            if ((facts & (1L << bit)) != 0) {
                names.add(NAMES[bit]);
            }
        }
        return names;
    }
}
