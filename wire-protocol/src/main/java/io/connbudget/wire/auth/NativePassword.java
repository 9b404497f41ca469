package io.connbudget.wire.auth;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * mysql_native_password: {@code SHA1(pw) XOR SHA1(nonce || SHA1(SHA1(pw)))}. An empty password has an empty scramble,
 * which no stored hash verifies.
 *
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods_native_password_authentication.html">Native
 *     Authentication</a>
 */
public final class NativePassword {
    public static final String PLUGIN = "mysql_native_password";
    public static final int SCRAMBLE_BYTES = 20;

    private NativePassword() {}

    /** The client's answer: {@link #SCRAMBLE_BYTES} bytes, none for an empty password. The password is left as it is. */
    public static byte[] scramble(byte[] password, byte[] nonce) {
        if (password.length == 0) {
            return new byte[0];
        }
        byte[] singleHash = Digests.sha1(password);
        try {
            return scrambleOfHash(singleHash, nonce);
        } finally {
            Arrays.fill(singleHash, (byte) 0);
        }
    }

    /** The client's answer made from {@code SHA1(password)}. */
    public static byte[] scrambleOfHash(byte[] singleHash, byte[] nonce) {
        return Digests.xor(singleHash, Digests.sha1(nonce, Digests.sha1(singleHash)));
    }

    /** {@code SHA1(SHA1(password))}: what {@code mysql.user} holds, in hexadecimal behind a {@code *}. */
    public static byte[] storedHash(byte[] password) {
        byte[] singleHash = Digests.sha1(password);
        try {
            return Digests.sha1(singleHash);
        } finally {
            Arrays.fill(singleHash, (byte) 0);
        }
    }

    /** Whether the scramble was made from the password of the stored hash; takes the same time for any wrong one. */
    public static boolean verify(byte[] scramble, byte[] nonce, byte[] storedHash) {
        if (scramble.length != SCRAMBLE_BYTES || storedHash.length != SCRAMBLE_BYTES) {
            return false;
        }
        byte[] singleHash = singleHash(scramble, nonce, storedHash);
        try {
            return MessageDigest.isEqual(Digests.sha1(singleHash), storedHash);
        } finally {
            Arrays.fill(singleHash, (byte) 0);
        }
    }

    /**
     * {@code SHA1(password)}, taken from a scramble that {@link #verify} accepted: enough to log in elsewhere with the same
     * password, so as secret as the password.
     */
    public static byte[] singleHash(byte[] scramble, byte[] nonce, byte[] storedHash) {
        return Digests.xor(scramble, Digests.sha1(nonce, storedHash));
    }
}
