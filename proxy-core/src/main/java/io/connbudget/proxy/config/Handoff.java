package io.connbudget.proxy.config;

/** When a backend may change from one client to another. */
public enum Handoff {
    /** At every command boundary where the session may let go, and always to another backend: for tests of session state. */
    EAGER,
    /** At the end of a transaction, when nothing pins the session. */
    TRANSACTION,
    /** When the client closes its connection. */
    SESSION
}
