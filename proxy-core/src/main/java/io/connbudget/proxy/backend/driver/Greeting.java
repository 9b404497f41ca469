package io.connbudget.proxy.backend.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the server said first, with the offsets that {@link GreetingMask} edits
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html).
 *
 * @param serverVersion as sent, MariaDB's "5.5.5-" prefix included
 * @param connectionId the server's thread id, unsigned 32 bits
 * @param capabilities as sent
 * @param collation id of the server's default collation, one byte
 * @param capabilitiesLowAt offset in the packet of the low two bytes of the capabilities
 */
public record Greeting(
        String serverVersion, long connectionId, int capabilities, int collation, int capabilitiesLowAt) {
    static final int HEADER_BYTES = 4;
    /** A greeting has about 100 bytes, an ERR at most 9 + 512; more is no MySQL server. */
    static final int MAX_PAYLOAD_BYTES = 4096;

    private static final int PROTOCOL_10 = 0x0a;
    private static final int ERR = 0xff;
    /** After the low capabilities: collation 1, status 2, then the high capabilities. */
    private static final int HIGH_AFTER_LOW = 5;

    int capabilitiesHighAt() {
        return capabilitiesLowAt + HIGH_AFTER_LOW;
    }

    /** Payload length of the packet that begins at 0; at least {@link #HEADER_BYTES} bytes must be there. */
    static int payloadLength(byte[] packet) {
        return int2(packet, 0) | (packet[2] & 0xff) << 16;
    }

    /** The error code if the complete first packet is an ERR (too many connections, host blocked), else 0. */
    static int errorCode(byte[] packet) {
        boolean isErr = packet.length >= HEADER_BYTES + 3 && (packet[HEADER_BYTES] & 0xff) == ERR;
        return isErr ? int2(packet, HEADER_BYTES + 1) : 0;
    }

    /**
     * Reads a complete first packet, header included.
     *
     * @return null if it is no protocol 10 greeting; Connector/J then says what it thinks of it
     */
    static @Nullable Greeting parse(byte[] packet) throws IOException {
        if (packet.length <= HEADER_BYTES || packet[HEADER_BYTES] != PROTOCOL_10) {
            return null;
        }
        int versionEnd = HEADER_BYTES + 1;
        while (versionEnd < packet.length && packet[versionEnd] != 0) {
            versionEnd++;
        }
        // NUL 1, thread id 4, scramble 8, filler 1, low 2, collation 1, status 2, high 2.
        int lowAt = versionEnd + 14;
        if (packet.length < lowAt + HIGH_AFTER_LOW + 2) {
            throw new IOException(
                    "greeting of " + packet.length + " bytes, expected at least " + (lowAt + HIGH_AFTER_LOW + 2));
        }
        int at = HEADER_BYTES + 1;
        String version = new String(packet, at, versionEnd - at, StandardCharsets.US_ASCII);
        long threadId = int2(packet, versionEnd + 1) | (long) int2(packet, versionEnd + 3) << 16;
        int capabilities = int2(packet, lowAt) | int2(packet, lowAt + HIGH_AFTER_LOW) << 16;
        return new Greeting(version, threadId, capabilities, packet[lowAt + 2] & 0xff, lowAt);
    }

    private static int int2(byte[] bytes, int at) {
        return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
    }
}
