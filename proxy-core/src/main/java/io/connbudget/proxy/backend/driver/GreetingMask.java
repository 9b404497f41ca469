package io.connbudget.proxy.backend.driver;

import java.io.IOException;

/**
 * Makes every backend negotiate the same capabilities: Connector/J is shown a greeting without the flags that must be off, and the flag
 * that it cannot ask for safely is added to its login
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html).
 */
public final class GreetingMask {
    static final int LONG_PASSWORD = 1;
    static final int LONG_FLAG = 1 << 2;
    static final int CONNECT_WITH_DB = 1 << 3;
    static final int LOCAL_FILES = 1 << 7;
    static final int PROTOCOL_41 = 1 << 9;
    static final int SSL = 1 << 11;
    static final int TRANSACTIONS = 1 << 13;
    static final int SECURE_CONNECTION = 1 << 15;
    static final int MULTI_RESULTS = 1 << 17;
    static final int PS_MULTI_RESULTS = 1 << 18;
    static final int PLUGIN_AUTH = 1 << 19;
    static final int PLUGIN_AUTH_LENENC = 1 << 21;
    static final int SESSION_TRACK = 1 << 23;
    static final int DEPRECATE_EOF = 1 << 24;

    /** Without one of these a backend could not be shared: no state seen, or no boundary found. */
    static final int REQUIRED = PROTOCOL_41
            | TRANSACTIONS
            | SECURE_CONNECTION
            | MULTI_RESULTS
            | PS_MULTI_RESULTS
            | PLUGIN_AUTH
            | PLUGIN_AUTH_LENENC
            | SESSION_TRACK
            | DEPRECATE_EOF;

    /**
     * What Connector/J may see. Off, by not being here: FOUND_ROWS (the affected rows of ON DUPLICATE KEY cannot be recovered from found
     * rows), MULTI_STATEMENTS (switched by COM_SET_OPTION), QUERY_ATTRIBUTES (a relayed plain COM_QUERY would be malformed),
     * OPTIONAL_RESULTSET_METADATA, MULTI_FACTOR, COMPRESS, ZSTD, INTERACTIVE, IGNORE_SPACE, CONNECT_ATTRS.
     */
    static final int VISIBLE = REQUIRED | LONG_PASSWORD | LONG_FLAG | CONNECT_WITH_DB | LOCAL_FILES | SSL;

    private static final int SSL_REQUEST_PAYLOAD_BYTES = 32;

    private GreetingMask() {}

    /** Edits the greeting in place. Fails if the server lacks what every backend needs. */
    static void apply(Greeting greeting, byte[] packet) throws IOException {
        int missing = REQUIRED & ~greeting.capabilities();
        if (missing != 0) {
            throw new IOException(
                    "server " + greeting.serverVersion() + " lacks the capabilities 0x" + Integer.toHexString(missing));
        }
        int seen = greeting.capabilities() & VISIBLE;
        int lowAt = greeting.capabilitiesLowAt();
        int highAt = greeting.capabilitiesHighAt();
        packet[lowAt] = (byte) seen;
        packet[lowAt + 1] = (byte) (seen >>> 8);
        packet[highAt] = (byte) (seen >>> 16);
        packet[highAt + 1] = (byte) (seen >>> 24);
    }

    /**
     * Adds LOCAL_FILES, where the server has it, to Connector/J's SSLRequest or HandshakeResponse41. It is not asked for by property,
     * because Connector/J itself would then open a local file if a hostile server asked for one.
     *
     * @return the flags in force if the packet is the HandshakeResponse41, 0 if it is the SSLRequest
     */
    static int addLocalFiles(Greeting greeting, byte[] packet) {
        int flagsAt = Greeting.HEADER_BYTES;
        if ((greeting.capabilities() & LOCAL_FILES) != 0) {
            packet[flagsAt] |= (byte) LOCAL_FILES;
        }
        if (packet.length - Greeting.HEADER_BYTES <= SSL_REQUEST_PAYLOAD_BYTES) {
            return 0;
        }
        return (packet[flagsAt] & 0xff)
                | (packet[flagsAt + 1] & 0xff) << 8
                | (packet[flagsAt + 2] & 0xff) << 16
                | (packet[flagsAt + 3] & 0xff) << 24;
    }
}
