package io.connbudget.proxy.lease;

/** The account that the proxy uses at the database. */
public interface BackendAccount {
    String user();

    /** A copy in UTF-8, which the caller overwrites. */
    byte[] password();
}
