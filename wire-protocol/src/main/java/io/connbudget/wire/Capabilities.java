package io.connbudget.wire;

/**
 * Capability flags that client and server negotiate in the handshake, as bits of one 32-bit integer.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html">Capabilities
 *     Flags</a>
 */
public final class Capabilities {
    /** Set by MySQL in its greeting; a MariaDB server leaves it clear to say that it is one. */
    public static final int LONG_PASSWORD = 1;
    /** The affected-row count of an UPDATE is the number of rows found, not of rows changed. */
    public static final int FOUND_ROWS = 1 << 1;

    public static final int LONG_FLAG = 1 << 2;
    /** The login names a database. */
    public static final int CONNECT_WITH_DB = 1 << 3;

    public static final int NO_SCHEMA = 1 << 4;
    public static final int COMPRESS = 1 << 5;
    public static final int ODBC = 1 << 6;
    /** The client answers a LOCAL INFILE request. */
    public static final int LOCAL_FILES = 1 << 7;

    public static final int IGNORE_SPACE = 1 << 8;
    public static final int PROTOCOL_41 = 1 << 9;
    /** {@code interactive_timeout} holds instead of {@code wait_timeout}. */
    public static final int INTERACTIVE = 1 << 10;
    /** The client sends an SSLRequest and then speaks TLS. */
    public static final int SSL = 1 << 11;

    public static final int IGNORE_SIGPIPE = 1 << 12;
    /** OK and EOF packets carry {@link ServerStatus}. */
    public static final int TRANSACTIONS = 1 << 13;

    public static final int RESERVED = 1 << 14;
    /** A nonce of 20 bytes and an auth response with a length of one byte. */
    public static final int SECURE_CONNECTION = 1 << 15;

    public static final int MULTI_STATEMENTS = 1 << 16;
    public static final int MULTI_RESULTS = 1 << 17;
    public static final int PS_MULTI_RESULTS = 1 << 18;
    /** The packets of the handshake name an authentication plugin. */
    public static final int PLUGIN_AUTH = 1 << 19;
    /** The login carries connection attributes. */
    public static final int CONNECT_ATTRS = 1 << 20;
    /** The auth response in the login is length-encoded. */
    public static final int PLUGIN_AUTH_LENENC_DATA = 1 << 21;

    public static final int CAN_HANDLE_EXPIRED_PASSWORDS = 1 << 22;
    /** OK packets carry what changed in the session. */
    public static final int SESSION_TRACK = 1 << 23;
    /** No EOF packet behind definitions; an OK packet with the header 0xFE ends the rows. */
    public static final int DEPRECATE_EOF = 1 << 24;

    public static final int OPTIONAL_RESULTSET_METADATA = 1 << 25;
    public static final int ZSTD_COMPRESSION = 1 << 26;
    /** COM_QUERY and COM_STMT_EXECUTE carry attributes, which changes their layout. */
    public static final int QUERY_ATTRIBUTES = 1 << 27;

    public static final int MULTI_FACTOR_AUTHENTICATION = 1 << 28;
    public static final int CAPABILITY_EXTENSION = 1 << 29;
    public static final int SSL_VERIFY_SERVER_CERT = 1 << 30;
    public static final int REMEMBER_OPTIONS = 1 << 31;

    /** The name of each bit, lowest first. */
    private static final String[] NAMES = {
        "LONG_PASSWORD",
        "FOUND_ROWS",
        "LONG_FLAG",
        "CONNECT_WITH_DB",
        "NO_SCHEMA",
        "COMPRESS",
        "ODBC",
        "LOCAL_FILES",
        "IGNORE_SPACE",
        "PROTOCOL_41",
        "INTERACTIVE",
        "SSL",
        "IGNORE_SIGPIPE",
        "TRANSACTIONS",
        "RESERVED",
        "SECURE_CONNECTION",
        "MULTI_STATEMENTS",
        "MULTI_RESULTS",
        "PS_MULTI_RESULTS",
        "PLUGIN_AUTH",
        "CONNECT_ATTRS",
        "PLUGIN_AUTH_LENENC_DATA",
        "CAN_HANDLE_EXPIRED_PASSWORDS",
        "SESSION_TRACK",
        "DEPRECATE_EOF",
        "OPTIONAL_RESULTSET_METADATA",
        "ZSTD_COMPRESSION",
        "QUERY_ATTRIBUTES",
        "MULTI_FACTOR_AUTHENTICATION",
        "CAPABILITY_EXTENSION",
        "SSL_VERIFY_SERVER_CERT",
        "REMEMBER_OPTIONS"
    };

    private Capabilities() {}

    /** Whether every bit of {@code flag} is set. */
    public static boolean has(int capabilities, int flag) {
        return (capabilities & flag) == flag;
    }

    /** The names of the bits that are set, lowest first, joined by {@code |}; {@code 0} where none is. */
    public static String describe(int capabilities) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < NAMES.length; bit++) {
            if ((capabilities >>> bit & 1) != 0) {
                text.append(text.length() == 0 ? "" : "|").append(NAMES[bit]);
            }
        }
        return text.length() == 0 ? "0" : text.toString();
    }
}
