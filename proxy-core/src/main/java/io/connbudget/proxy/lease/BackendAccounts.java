package io.connbudget.proxy.lease;

/** The accounts at the database that sessions run as. Thread-safe. */
@FunctionalInterface
public interface BackendAccounts {
    /**
     * The account of this name, which a session has.
     *
     * @throws IllegalStateException if there is none
     */
    BackendAccount of(String user);
}
