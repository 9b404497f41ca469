package io.connbudget.proxy.lease;

import org.jspecify.annotations.Nullable;

/** An account at the database that backends are moved to by COM_CHANGE_USER. Thread-safe; nothing blocks. */
public interface BackendAccount {
    String user();

    /** A copy in UTF-8, which the caller overwrites. */
    byte[] password();

    /**
     * The database refused what {@link #password} gave.
     *
     * @param error the payload of its ERR packet
     * @return whether there is another password to try at once
     */
    boolean refused(byte[] error);

    /** The database took the password. */
    void accepted();

    /**
     * What the database said a moment ago: each attempt would cost a backend, so that they are spaced.
     *
     * @return the payload of an ERR packet, or null where an attempt may be made
     */
    byte @Nullable [] recentRefusal(long nowNanos);
}
