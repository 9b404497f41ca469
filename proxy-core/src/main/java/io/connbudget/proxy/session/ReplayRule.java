package io.connbudget.proxy.session;

/** What is learnt of a session to be replayed on another backend; each can be turned off, which a test of the tests does. */
public enum ReplayRule {
    /** The current schema. */
    SCHEMA,
    /** The character sets and the collation of the connection, as the server announces them. */
    CHARACTER_SETS,
    /** The collation behind SET NAMES, which must be read. */
    COLLATION,
    /** All other system variables. */
    VARIABLES,
    /** SET TRANSACTION for the next transaction. */
    NEXT_TRANSACTION,
    /** LAST_INSERT_ID(). */
    LAST_INSERT_ID,
    /** What SHOW WARNINGS lists. */
    WARNINGS,
    /** User variables. */
    USER_VARIABLES
}
