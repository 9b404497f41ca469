package io.connbudget.proxy.session;

/**
 * The character sets and the collation of a connection, by the server's names ("utf8mb4", "utf8mb4_general_ci").
 *
 * @param collationId the server's number of the collation
 */
public record ConnectionCharset(int collationId, String client, String connection, String results, String collation) {

    /** What a login with this collation gets: the collation's character set on all three places. */
    public static ConnectionCharset of(int collationId, String characterSet, String collation) {
        return new ConnectionCharset(collationId, characterSet, characterSet, characterSet, collation);
    }
}
