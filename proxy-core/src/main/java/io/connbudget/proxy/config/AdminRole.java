package io.connbudget.proxy.config;

/** What somebody may do at the console and over HTTP. */
public enum AdminRole {
    /** May look. */
    READ_ONLY,
    /** May look, and change what runs. */
    OPERATOR;

    /** Whether this role may do what asks for {@code wanted}. */
    public boolean covers(AdminRole wanted) {
        return this == OPERATOR || wanted == READ_ONLY;
    }
}
