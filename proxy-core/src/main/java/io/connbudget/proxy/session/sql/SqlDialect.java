package io.connbudget.proxy.session.sql;

/**
 * What decides how a server reads the bytes of a statement.
 *
 * @param mariaDb whether the server is MariaDB
 * @param serverVersionNumber major * 10000 + minor * 100 + patch (90704, 101119); decides which conditional comments run
 * @param ansiQuotes sql_mode holds ANSI_QUOTES: {@code "x"} is an identifier
 * @param noBackslashEscapes sql_mode holds NO_BACKSLASH_ESCAPES
 * @param ignoreSpace sql_mode holds IGNORE_SPACE; the classifier takes a name before a parenthesis as a call either way
 * @param encoding that of {@code character_set_client}
 */
public record SqlDialect(
        boolean mariaDb,
        int serverVersionNumber,
        boolean ansiQuotes,
        boolean noBackslashEscapes,
        boolean ignoreSpace,
        Encoding encoding) {

    /** All that equality looks at, packed into one number without loss; cheaper than {@code hashCode}. */
    long fingerprint() {
        return ((long) serverVersionNumber << 8)
                | (mariaDb ? 1 : 0)
                | (ansiQuotes ? 2 : 0)
                | (noBackslashEscapes ? 4 : 0)
                | (ignoreSpace ? 8 : 0)
                | ((long) encoding.code << 4);
    }
}
