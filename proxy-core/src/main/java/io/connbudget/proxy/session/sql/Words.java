package io.connbudget.proxy.session.sql;

import static io.connbudget.proxy.session.sql.Facts.*;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every word that means something to the classifier, found by its bytes without allocation. Immutable. */
final class Words {
    private static final int SLOTS = 8192;
    private static final Word[] TABLE = new Builder().build();

    private Words() {}

    /** The next value of a word's hash, which begins at 0; letters count the same in both cases. */
    static int hash(int hash, byte octet) {
        return hash * 31 + Characters.upper(octet);
    }

    static @Nullable Word find(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash(hash, bytes[i]);
        }
        return find(bytes, from, to, hash);
    }

    static @Nullable Word find(byte[] bytes, int from, int to, int hash) {
        int slot = slot(hash);
        while (true) {
            Word word = TABLE[slot];
            if (word == null || matches(word.bytes, bytes, from, to)) {
                return word;
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
    }

    private static boolean matches(byte[] name, byte[] bytes, int from, int to) {
        if (name.length != to - from) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (Characters.upper(bytes[from + i]) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static int slot(int hash) {
        return (hash * 0x9E3779B9) >>> 19;
    }

    private static final class Builder {
        private final Map<String, Integer> origins = CallWords.read();
        private final Map<String, Word> words = new HashMap<>();

        Word[] build() {
            verbs();
            grammar();
            functions();
            variables();
            origins.forEach(
                    (name, origin) -> words.putIfAbsent(name, new Word(name, Code.WORD, origin, 0, 0, 0, 0, false)));
            Word[] table = new Word[SLOTS];
            for (Word word : words.values()) {
                int hash = 0;
                for (byte octet : word.bytes) {
                    hash = hash(hash, octet);
                }
                int slot = slot(hash);
                while (table[slot] != null) {
                    slot = (slot + 1) & (SLOTS - 1);
                }
                table[slot] = word;
            }
            return table;
        }

        private void verbs() {
            verb("SELECT", Code.SELECT);
            verb("INSERT", Code.INSERT);
            verb("REPLACE", Code.REPLACE);
            verb("UPDATE", Code.UPDATE);
            verb("DELETE", Code.DELETE);
            verb("LOAD", Code.LOAD);
            verb("WITH", Code.WITH);
            verb("SET", Code.SET);
            verb("CREATE", Code.CREATE);
            verb("ALTER", Code.ALTER);
            verb("DROP", Code.DROP);
            verb("RENAME", Code.RENAME);
            verb("SHOW", Code.SHOW);
            verb("GET", Code.GET);
            verb("CALL", Code.CALL);
            verb("DO", Code.DO);
            verb("PREPARE", Code.PREPARE);
            verb("EXECUTE", Code.EXECUTE);
            verb("DEALLOCATE", Code.DEALLOCATE);
            verb("LOCK", Code.LOCK);
            verb("UNLOCK", Code.UNLOCK);
            verb("FLUSH", Code.FLUSH);
            verb("BACKUP", Code.BACKUP);
            verb("HANDLER", Code.HANDLER);
            verb("XA", Code.XA);
            verb("BEGIN", Code.BEGIN);
            verb("START", Code.START);
            verb("COMMIT", Code.COMMIT);
            verb("ROLLBACK", Code.ROLLBACK);
            verb("SAVEPOINT", Code.SAVEPOINT);
            verb("RELEASE", Code.RELEASE);
            verb("USE", Code.USE);
            verb("KILL", Code.KILL);
            verb("EXPLAIN", Code.EXPLAIN);
            verb("DESCRIBE", Code.EXPLAIN);
            verb("DESC", Code.EXPLAIN);
            verb("ANALYZE", Code.ANALYZE);
            verb("VALUES", Code.VALUES);
            verb("TABLE", Code.TABLE);
            for (String name : new String[] {"SIGNAL", "RESIGNAL", "HELP", "CHECKSUM"}) {
                verb(name, Code.READ_ONLY);
            }
            for (String name : new String[] {
                "GRANT",
                "REVOKE",
                "TRUNCATE",
                "OPTIMIZE",
                "REPAIR",
                "CHECK",
                "INSTALL",
                "UNINSTALL",
                "IMPORT",
                "CACHE",
                "RESET",
                "CHANGE",
                "STOP",
                "PURGE",
                "CLONE",
                "SHUTDOWN",
                "RESTART"
            }) {
                verb(name, Code.DEFINE);
            }
        }

        private void grammar() {
            plain("TEMPORARY", Code.TEMPORARY);
            plain("SEQUENCE", Code.SEQUENCE);
            plain("INTO", Code.INTO);
            plain("AS", Code.AS);
            plain("IF", Code.IF);
            plain("NOT", Code.NOT);
            plain("EXISTS", Code.EXISTS);
            plain("OR", Code.OR);
            plain("FROM", Code.FROM);
            plain("USING", Code.USING);
            plain("IMMEDIATE", Code.IMMEDIATE);
            plain("GLOBAL", Code.GLOBAL);
            plain("PERSIST", Code.GLOBAL);
            plain("PERSIST_ONLY", Code.GLOBAL);
            plain("SESSION", Code.SESSION);
            plain("LOCAL", Code.LOCAL);
            plain("NAMES", Code.NAMES);
            plain("CHARACTER", Code.CHARACTER);
            plain("CHARSET", Code.CHARACTER);
            plain("CHAR", Code.CHARACTER);
            plain("TRANSACTION", Code.TRANSACTION);
            plain("ROLE", Code.ROLE);
            plain("DEFAULT", Code.DEFAULT);
            plain("PASSWORD", Code.PASSWORD);
            plain("RESOURCE", Code.RESOURCE);
            plain("STATEMENT", Code.STATEMENT);
            plain("FOR", Code.FOR);
            plain("INSTANCE", Code.INSTANCE);
            plain("EXPORT", Code.EXPORT);
            plain("STAGE", Code.STAGE);
            plain("END", Code.END);
            plain("OPEN", Code.OPEN);
            plain("CLOSE", Code.CLOSE);
            plain("READ", Code.READ);
            plain("WORK", Code.WORK);
            plain("TO", Code.TO);
            plain("NO", Code.NO);
            plain("CONNECTION", Code.CONNECTION);
            plain("QUERY", Code.QUERY);
            plain("ID", Code.ID);
            plain("HARD", Code.HARD);
            plain("SOFT", Code.HARD);
            plain("WARNINGS", Code.WARNINGS);
            plain("ERRORS", Code.WARNINGS);
            plain("STATUS", Code.STATUS);
            plain("PROFILE", Code.PROFILE);
            plain("PROFILES", Code.PROFILE);
            plain("VARIABLES", Code.VARIABLES);
            plain("LIKE", Code.LIKE);
            plain("WHERE", Code.WHERE);
            plain("VARIABLE_NAME", Code.VARIABLE_NAME);
            plain("IN", Code.IN);
            plain("COLUMN", Code.COLUMN);
            plain("INDEX", Code.INDEX);
            plain("KEY", Code.INDEX);
            for (String name : new String[] {"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"}) {
                plain(name, Code.ROUTINE);
            }
            for (String name : new String[] {
                "VIEW",
                "USER",
                "SERVER",
                "TABLESPACE",
                "LOGFILE",
                "UNDO",
                "SPATIAL",
                "UNIQUE",
                "FULLTEXT",
                "VECTOR",
                "LIBRARY"
            }) {
                plain(name, Code.OTHER_OBJECT);
            }
            plain("DATABASE", Code.SCHEMA);
            plain("SCHEMA", Code.SCHEMA);
            plain("TABLES", Code.TABLE);
            plain("RETURN", Code.RETURN);
            plain("CASE", Code.CASE);
            plain("LOOP", Code.LOOP);
            plain("REPEAT", Code.REPEAT);
            plain("WHILE", Code.WHILE);
            plain("THEN", Code.THEN);
            plain("ELSE", Code.ELSE);
            plain("ROW", Code.ROW);
            plain("AND", Code.AND);
            plain("WHEN", Code.WHEN);
            word("NEXT", Code.NEXT, 0, 0, 0, 0);
            word("PREVIOUS", Code.PREVIOUS, 0, 0, 0, 0);
            plain("RECURSIVE", Code.RECURSIVE);
            plain("RESTRICT", Code.RESTRICT);
            plain("CASCADE", Code.RESTRICT);
            plain("WAIT", Code.RESTRICT);
            plain("NOWAIT", Code.RESTRICT);
            plain("VALUE", Code.VALUE);
            plain("DUAL", Code.DUAL);
            plain("OPTION", Code.OPTION);
        }

        private void functions() {
            word("LAST_INSERT_ID", Code.LAST_INSERT_ID, 0, 0, OBSERVES_LAST_INSERT_ID, SETS_LAST_INSERT_ID);
            word("GET_LOCK", Code.GET_LOCK, 0, TAKES_NAMED_LOCK, 0, 0);
            word("RELEASE_LOCK", Code.RELEASE_LOCK, 0, RELEASES_NAMED_LOCK, 0, 0);
            word("RELEASE_ALL_LOCKS", Code.RELEASE_ALL_LOCKS, 0, RELEASES_NAMED_LOCK, 0, 0);
            call("ROW_COUNT", OBSERVES_ROW_COUNT);
            call("FOUND_ROWS", OBSERVES_FOUND_ROWS);
            call("CONNECTION_ID", OBSERVES_CONNECTION_ID);
            call("IS_USED_LOCK", OBSERVES_CONNECTION_ID);
            call("PS_CURRENT_THREAD_ID", OBSERVES_CONNECTION_ID);
            call("PS_THREAD_ID", OBSERVES_CONNECTION_ID);
            call("NEXTVAL", ADVANCES_SEQUENCE);
            call("LASTVAL", OBSERVES_SEQUENCE);
        }

        private void variables() {
            variable("IDENTITY", OBSERVES_LAST_INSERT_ID, SETS_LAST_INSERT_ID);
            variable("INSERT_ID", OBSERVES_LAST_INSERT_ID, SETS_LAST_INSERT_ID);
            variable("WARNING_COUNT", OBSERVES_DIAGNOSTICS, 0);
            variable("ERROR_COUNT", OBSERVES_DIAGNOSTICS, 0);
            variable("PSEUDO_THREAD_ID", OBSERVES_CONNECTION_ID, 0);
            variable("LAST_GTID", OBSERVES_SESSION_STATUS, 0);
            variable("STATEMENT_ID", OBSERVES_SESSION_STATUS, 0);
            variable("AUTOCOMMIT", 0, ENDS_TRANSACTION);
            anywhere("SQL_CALC_FOUND_ROWS", CALC_FOUND_ROWS);
            anywhere("DUPLICATE", UPDATES_DUPLICATES);
            anywhere("IGNORE", IGNORES_ERRORS);
            anywhere("LIMIT", LIMITS_ROWS);
            anywhere("FETCH", LIMITS_ROWS);
            anywhere("UNION", LIMITS_ROWS);
            anywhere("EXCEPT", LIMITS_ROWS);
            anywhere("INTERSECT", LIMITS_ROWS);
            anywhere("PROCESSLIST", SHOWS_PROCESSLIST);
            anywhere("PROCESSLIST_ID", OBSERVES_CONNECTION_ID);
            anywhere("SESSION_STATUS", OBSERVES_SESSION_STATUS);
            anywhere("STATUS_BY_THREAD", OBSERVES_SESSION_STATUS);
            anywhere("OPTIMIZER_TRACE", OBSERVES_SESSION_STATUS);
            anywhere("PROFILING", OBSERVES_SESSION_STATUS);
            anywhere("SESSION_VARIABLES", OBSERVES_LAST_INSERT_ID | OBSERVES_DIAGNOSTICS | OBSERVES_CONNECTION_ID);
            anywhere("VARIABLES_BY_THREAD", OBSERVES_LAST_INSERT_ID | OBSERVES_DIAGNOSTICS | OBSERVES_CONNECTION_ID);
            anywhere("USER_VARIABLES", READS_USER_VARIABLE);
            anywhere("USER_VARIABLES_BY_THREAD", READS_USER_VARIABLE);
        }

        private void verb(String name, int code) {
            words.put(name, new Word(name, code, origin(name), 0, 0, 0, 0, true));
        }

        private void plain(String name, int code) {
            word(name, code, 0, 0, 0, 0);
        }

        private void call(String name, long facts) {
            word(name, Code.WORD, 0, facts, 0, 0);
        }

        private void variable(String name, long seen, long assigned) {
            word(name, Code.WORD, 0, 0, seen, assigned);
        }

        private void anywhere(String name, long facts) {
            word(name, Code.WORD, facts, 0, 0, 0);
        }

        private void word(String name, int code, long anywhere, long called, long seen, long assigned) {
            words.put(name, new Word(name, code, origin(name), anywhere, called, seen, assigned, false));
        }

        private int origin(String name) {
            return origins.getOrDefault(name, 0);
        }
    }
}
