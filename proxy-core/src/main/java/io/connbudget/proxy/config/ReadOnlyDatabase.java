package io.connbudget.proxy.config;

/** What to do about a database that is read-only. */
public enum ReadOnlyDatabase {
    /** Nothing: its clients see its errors. */
    ACCEPT,
    /** It counts as one that is out of reach. */
    REFUSE
}
