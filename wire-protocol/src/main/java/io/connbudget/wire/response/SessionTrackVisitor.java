package io.connbudget.wire.response;

/**
 * Receives what a session-state block says, in the order of the block. Texts are the server's bytes read as UTF-8: the
 * servers send {@code character_set_client} or UTF-8, so a name outside ASCII may be garbled under another charset.
 */
public interface SessionTrackVisitor {
    /** A tracked session variable was set; also where the value is what it was before. */
    default void systemVariable(String name, String value) {}

    /** The default schema; empty where there is none. */
    default void schema(String name) {}

    /** Something in the session changed (true), by type SESSION_TRACK_STATE_CHANGE: no name, no value. */
    default void stateChanged(boolean changed) {}

    /** SQL statements that give the next or the current transaction its characteristics; empty where it has none. */
    default void transactionCharacteristics(String statements) {}

    /**
     * Eight characters, {@code _} for what is not so: T or I (explicit or implicit transaction), r (read, not
     * transactional), R (read), w, W (written), s (statement unsafe), S (result set sent), L (LOCK TABLES).
     */
    default void transactionState(String flags) {}

    default void gtids(String gtids) {}
}
