package io.connbudget.wire.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * What MySQL stores for caching_sha2_password in {@code authentication_string}: {@code $A$}, three hexadecimal digits of
 * rounds in thousands, {@code $}, 20 bytes of salt, 43 characters of hash. The hash is SHA-256 crypt with a salt longer than
 * that of Unix.
 *
 * @see <a href="https://www.akkadia.org/drepper/SHA-crypt.txt">Unix crypt using SHA-256 and SHA-512</a>
 */
public final class StoredSha2Password {
    /**
     * No server stores a longer password (seen on MySQL 9.7: CREATE USER fails with 257 bytes), and the work grows with the
     * length's square: a stranger could send 16 KiB again and again.
     */
    public static final int MAX_PASSWORD_BYTES = 256;

    private static final String PREFIX = "$A$";
    private static final int ROUNDS_DIGITS = 3;
    private static final int SALT_INDEX = PREFIX.length() + ROUNDS_DIGITS + 1;
    private static final int SALT_BYTES = 20;
    private static final int HASH_BYTES = 43;
    private static final int DIGEST_BYTES = 32;
    private static final byte[] BASE_64 =
            "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".getBytes(US_ASCII);

    private StoredSha2Password() {}

    /**
     * Whether this is the password of a stored string. Costs thousands of hashes, some milliseconds: not for an event loop.
     * One of more than {@link #MAX_PASSWORD_BYTES} is none, and costs nothing.
     *
     * @param stored the bytes of {@code authentication_string}; the salt may hold any but 0 and {@code '$'}
     * @throws IllegalArgumentException if the stored string has another form
     */
    public static boolean verify(byte[] password, byte[] stored) {
        int rounds = rounds(stored) * 1000;
        if (password.length > MAX_PASSWORD_BYTES) {
            return false;
        }
        byte[] salt = Arrays.copyOfRange(stored, SALT_INDEX, SALT_INDEX + SALT_BYTES);
        byte[] hash = Arrays.copyOfRange(stored, SALT_INDEX + SALT_BYTES, stored.length);
        return MessageDigest.isEqual(crypt(password, salt, rounds), hash);
    }

    private static int rounds(byte[] stored) {
        String head = new String(stored, 0, Math.min(stored.length, SALT_INDEX), ISO_8859_1);
        if (stored.length != SALT_INDEX + SALT_BYTES + HASH_BYTES || !head.matches("\\$A\\$[0-9A-Fa-f]{3}\\$")) {
            throw new IllegalArgumentException("stored password of " + stored.length + " bytes, expected "
                    + (SALT_INDEX + SALT_BYTES + HASH_BYTES) + " bytes that start with $A$, three digits and $");
        }
        return Integer.parseInt(head.substring(PREFIX.length(), PREFIX.length() + ROUNDS_DIGITS), 16);
    }

    static byte[] crypt(byte[] password, byte[] salt, int rounds) {
        byte[] digest = firstDigest(password, salt);
        byte[] passwordBytes = repeat(repeatedHash(password, password.length), password.length);
        byte[] saltBytes = repeat(repeatedHash(salt, 16 + (digest[0] & 0xFF)), salt.length);
        MessageDigest sha = Digests.digest("SHA-256");
        for (int round = 0; round < rounds; round++) {
            boolean odd = (round & 1) != 0;
            sha.update(odd ? passwordBytes : digest);
            if (round % 3 != 0) {
                sha.update(saltBytes);
            }
            if (round % 7 != 0) {
                sha.update(passwordBytes);
            }
            sha.update(odd ? digest : passwordBytes);
            digest = sha.digest();
        }
        Arrays.fill(passwordBytes, (byte) 0);
        return encode(digest);
    }

    private static byte[] firstDigest(byte[] password, byte[] salt) {
        byte[] alternate = Digests.sha256(password, salt, password);
        MessageDigest sha = Digests.digest("SHA-256");
        sha.update(password);
        sha.update(salt);
        sha.update(repeat(alternate, password.length));
        for (int bits = password.length; bits > 0; bits >>= 1) {
            sha.update((bits & 1) != 0 ? alternate : password);
        }
        return sha.digest();
    }

    private static byte[] repeatedHash(byte[] data, int times) {
        MessageDigest sha = Digests.digest("SHA-256");
        for (int i = 0; i < times; i++) {
            sha.update(data);
        }
        return sha.digest();
    }

    private static byte[] repeat(byte[] pattern, int length) {
        byte[] result = new byte[length];
        for (int i = 0; i < length; i++) {
            result[i] = pattern[i % pattern.length];
        }
        return result;
    }

    /** Groups of three bytes, in an order of crypt's own, as four characters each with the low bits first. */
    private static byte[] encode(byte[] digest) {
        byte[] text = new byte[HASH_BYTES];
        int a = 0;
        int b = 10;
        int c = 20;
        int next = 0;
        for (int group = 0; group < DIGEST_BYTES / 3; group++) {
            int bits = ((digest[a] & 0xFF) << 16) | ((digest[b] & 0xFF) << 8) | (digest[c] & 0xFF);
            next = encodeBits(text, next, bits, 4);
            int first = a;
            a = c + 1;
            c = b + 1;
            b = first + 1;
        }
        encodeBits(text, next, ((digest[31] & 0xFF) << 8) | (digest[30] & 0xFF), 3);
        return text;
    }

    private static int encodeBits(byte[] text, int index, int bits, int characters) {
        for (int i = 0; i < characters; i++) {
            text[index + i] = BASE_64[(bits >> (6 * i)) & 0x3F];
        }
        return index + characters;
    }
}
