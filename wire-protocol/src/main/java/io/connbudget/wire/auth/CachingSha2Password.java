package io.connbudget.wire.auth;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * caching_sha2_password, the fast path: {@code SHA256(pw) XOR SHA256(SHA256(SHA256(pw)) || nonce)}. An empty password has
 * an empty scramble, which no hash verifies. The full path is {@link RsaPassword} or clear text over TLS, checked with
 * {@link StoredSha2Password}.
 *
 * @see <a
 *     href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html">Caching_sha2_password
 *     information</a>
 */
public final class CachingSha2Password {
    public static final String PLUGIN = "caching_sha2_password";
    public static final int SCRAMBLE_BYTES = 32;

    /** From the client: send the public key. */
    public static final int REQUEST_PUBLIC_KEY = 2;
    /** AuthMoreData: the scramble was right, OK follows. */
    public static final int FAST_AUTH_SUCCESS = 3;
    /** AuthMoreData: send the password itself, over TLS or encrypted. */
    public static final int PERFORM_FULL_AUTHENTICATION = 4;

    private CachingSha2Password() {}

    /** The client's answer: {@link #SCRAMBLE_BYTES} bytes, none for an empty password. The password is left as it is. */
    public static byte[] scramble(byte[] password, byte[] nonce) {
        if (password.length == 0) {
            return new byte[0];
        }
        byte[] singleHash = Digests.sha256(password);
        try {
            return scrambleOfHash(singleHash, nonce);
        } finally {
            Arrays.fill(singleHash, (byte) 0);
        }
    }

    /** The client's answer made from {@code SHA256(password)}. */
    public static byte[] scrambleOfHash(byte[] singleHash, byte[] nonce) {
        return Digests.xor(singleHash, Digests.sha256(Digests.sha256(singleHash), nonce));
    }

    /** {@code SHA256(SHA256(password))}: what a server keeps in its cache for the fast path. */
    public static byte[] fastHash(byte[] password) {
        byte[] singleHash = Digests.sha256(password);
        try {
            return Digests.sha256(singleHash);
        } finally {
            Arrays.fill(singleHash, (byte) 0);
        }
    }

    /** Whether the scramble was made from the password of the hash; takes the same time for any wrong one. */
    public static boolean verify(byte[] scramble, byte[] nonce, byte[] fastHash) {
        if (scramble.length != SCRAMBLE_BYTES || fastHash.length != SCRAMBLE_BYTES) {
            return false;
        }
        byte[] singleHash = singleHash(scramble, nonce, fastHash);
        try {
            return MessageDigest.isEqual(Digests.sha256(singleHash), fastHash);
        } finally {
            Arrays.fill(singleHash, (byte) 0);
        }
    }

    /**
     * {@code SHA256(password)}, taken from a scramble that {@link #verify} accepted: enough to log in elsewhere with the
     * same password, so as secret as the password.
     */
    public static byte[] singleHash(byte[] scramble, byte[] nonce, byte[] fastHash) {
        return Digests.xor(scramble, Digests.sha256(fastHash, nonce));
    }

    /** A new array with the data XORed by the nonce, which is repeated as often as needed; undoes itself. */
    public static byte[] xorWithNonce(byte[] data, byte[] nonce) {
        byte[] result = new byte[data.length];
        for (int i = 0; i < data.length; i++) {
            result[i] = (byte) (data[i] ^ nonce[i % nonce.length]);
        }
        return result;
    }
}
