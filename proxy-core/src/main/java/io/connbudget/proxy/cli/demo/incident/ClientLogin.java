package io.connbudget.proxy.cli.demo.incident;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The client's side of a login with {@code mysql_native_password} or the fast path of {@code caching_sha2_password}.
 * Written apart from the proxy's own protocol code on purpose: a load that shares a mistake with what it measures shows
 * nothing. Stateless; safe from any thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html">Connection Phase</a>
 */
final class ClientLogin {
    private static final String CACHING_SHA2 = "caching_sha2_password";

    private static final int LONG_PASSWORD = 1;
    private static final int CONNECT_WITH_DB = 8;
    private static final int PROTOCOL_41 = 0x200;
    private static final int TRANSACTIONS = 0x2000;
    private static final int SECURE_CONNECTION = 0x8000;
    private static final int PLUGIN_AUTH = 0x80000;
    private static final int CAPABILITIES =
            LONG_PASSWORD | CONNECT_WITH_DB | PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION | PLUGIN_AUTH;
    private static final int MAX_PACKET_BYTES = 1 << 24;
    /** utf8mb4_general_ci: known to every server. */
    private static final int COLLATION = 45;

    private static final int NONCE_FIRST_PART_BYTES = 8;
    private static final int NONCE_BYTES = 20;

    private ClientLogin() {}

    /** What a login starts from: the server's nonce of 20 bytes and the plugin it proposes. */
    static final class Challenge {
        private final byte[] nonce;
        private final String plugin;

        Challenge(byte[] nonce, String plugin) {
            this.nonce = nonce;
            this.plugin = plugin;
        }
    }

    /** Reads a HandshakeV10 payload. */
    static Challenge greeting(ByteBuf payload) {
        payload.skipBytes(1);
        payload.skipBytes(payload.bytesBefore((byte) 0) + 1);
        payload.skipBytes(Integer.BYTES);
        byte[] nonce = new byte[NONCE_BYTES];
        payload.readBytes(nonce, 0, NONCE_FIRST_PART_BYTES);
        // Filler, capabilities, collation, status, capabilities, nonce length, reserved.
        payload.skipBytes(1 + 2 + 1 + 2 + 2 + 1 + 10);
        payload.readBytes(nonce, NONCE_FIRST_PART_BYTES, NONCE_BYTES - NONCE_FIRST_PART_BYTES);
        payload.skipBytes(1);
        return new Challenge(nonce, readZeroTerminated(payload));
    }

    /** Reads the rest of an AuthSwitchRequest payload whose first byte, 0xFE, was read. */
    static Challenge switchRequest(ByteBuf payload) {
        String plugin = readZeroTerminated(payload);
        byte[] nonce = new byte[NONCE_BYTES];
        payload.readBytes(nonce);
        return new Challenge(nonce, plugin);
    }

    /** Writes a HandshakeResponse41 payload. */
    static void writeResponse(ByteBuf out, LoadPlan plan, Challenge challenge) {
        byte[] scramble = scramble(plan.password(), challenge);
        out.writeIntLE(CAPABILITIES)
                .writeIntLE(MAX_PACKET_BYTES)
                .writeByte(COLLATION)
                .writeZero(23);
        writeZeroTerminated(out, plan.user());
        out.writeByte(scramble.length).writeBytes(scramble);
        writeZeroTerminated(out, plan.schema());
        writeZeroTerminated(out, challenge.plugin);
    }

    /** The proof of the password that the challenge asks for; empty for an empty password. */
    static byte[] scramble(String password, Challenge challenge) {
        byte[] secret = password.getBytes(StandardCharsets.UTF_8);
        if (secret.length == 0) {
            return secret;
        }
        boolean sha2 = challenge.plugin.equals(CACHING_SHA2);
        MessageDigest digest = digest(sha2 ? "SHA-256" : "SHA-1");
        byte[] once = digest.digest(secret);
        byte[] twice = digest.digest(once);
        // The two plugins hash nonce and double hash in opposite order.
        digest.update(sha2 ? twice : challenge.nonce);
        byte[] mask = digest.digest(sha2 ? challenge.nonce : twice);
        for (int i = 0; i < once.length; i++) {
            mask[i] ^= once[i];
        }
        return mask;
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }

    private static String readZeroTerminated(ByteBuf payload) {
        int length = payload.bytesBefore((byte) 0);
        String text = payload.readCharSequence(length < 0 ? payload.readableBytes() : length, StandardCharsets.UTF_8)
                .toString();
        if (length >= 0) {
            payload.skipBytes(1);
        }
        return text;
    }

    private static void writeZeroTerminated(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        out.writeByte(0);
    }
}
