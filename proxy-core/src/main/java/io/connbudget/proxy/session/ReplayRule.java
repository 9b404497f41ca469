package io.connbudget.proxy.session;

/**
 * What is learnt of a session to be replayed on another backend, or answered in its place; each can be turned off, which a
 * test of the tests does.
 */
public enum ReplayRule {
    /** The current schema. */
    SCHEMA,
    /** The character sets and the collation of the connection, as the server announces them. */
    CHARACTER_SETS,
    /** The collation behind SET NAMES, which must be read. */
    COLLATION,
    /** The collation of the client's character set, which MariaDB tells nobody. */
    CLIENT_COLLATION,
    /** The collation of the character set of results, which MySQL tells in the definitions of columns only. */
    RESULTS_COLLATION,
    /** All other system variables. */
    VARIABLES,
    /** SET TRANSACTION for the next transaction. */
    NEXT_TRANSACTION,
    /** LAST_INSERT_ID(). */
    LAST_INSERT_ID,
    /** What SHOW WARNINGS lists. */
    WARNINGS,
    /** User variables. */
    USER_VARIABLES,
    /** The multi-statement option. */
    MULTI_STATEMENTS,
    /** COM_RESET_CONNECTION where a session before left what only that undoes. */
    RESET,
    /** DEFAULT for variables that a session before has set and this one has not. */
    FORMER_VARIABLES,
    /** COM_CHANGE_USER where a schema must be left for none. */
    NO_SCHEMA,
    /** Binary prepared statements, prepared again on a backend that lacks them. */
    PREPARED_STATEMENTS,
    /** The schema and the SQL mode in which a binary prepared statement was prepared. */
    PREPARED_SETTINGS,
    /** Parameter types, which clients send with the first execution only. */
    PARAMETER_TYPES,
    /** The parameter types of executions that share a statement, since MySQL keeps what it derives from the first one's. */
    SHARED_TYPES,
    /** COM_STMT_SEND_LONG_DATA, kept until the execution. */
    LONG_DATA,
    /** The end of kept answers to COM_STMT_PREPARE where definitions change. */
    DEFINITIONS,
    /** Row counts and diagnostics, answered from the last statement's answer or refused. */
    LAST_STATEMENT,
    /** The client's own connection id. */
    CONNECTION_ID
}
