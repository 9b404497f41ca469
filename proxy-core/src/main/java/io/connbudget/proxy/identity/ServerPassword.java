package io.connbudget.proxy.identity;

/** A password that the proxy has at the database, and that may change while it runs. Thread-safe. */
interface ServerPassword {
    /** What is known now, as a copy that the caller overwrites; does not block. */
    byte[] current();

    /** What to log in with, as a copy that the caller overwrites; may block until it is known. */
    default byte[] fresh() {
        return current();
    }

    /**
     * The database refused what {@link #current} gave.
     *
     * @return whether another one is known at once
     */
    boolean refused();

    /** Looks again for a newer one where {@link #refused} found none; may block. @return whether there is one */
    boolean refresh();
}
