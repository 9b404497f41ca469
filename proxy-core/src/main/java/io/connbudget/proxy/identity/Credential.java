package io.connbudget.proxy.identity;

import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.config.StoredSecret;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.auth.StoredSha2Password;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One password of an account, as the hashes that verify it. Thread-safe.
 *
 * <p>From a password both hashes are known. From what a server stores only one is: SHA1(SHA1) serves
 * mysql_native_password, the salted form of caching_sha2_password needs the clear password once, and remembers the fast
 * hash of it from then on, as the server does.
 */
final class Credential {
    private final boolean empty;
    private final byte @Nullable [] nativeHash;
    private final byte @Nullable [] storedSha2;
    private volatile byte @Nullable [] fastHash;

    private Credential(
            boolean empty, byte @Nullable [] nativeHash, byte @Nullable [] fastHash, byte @Nullable [] storedSha2) {
        this.empty = empty;
        this.nativeHash = nativeHash;
        this.fastHash = fastHash;
        this.storedSha2 = storedSha2;
    }

    static Credential of(Secret password) {
        byte[] clear = password.bytes();
        try {
            return new Credential(
                    password.isEmpty(), NativePassword.storedHash(clear), CachingSha2Password.fastHash(clear), null);
        } finally {
            Arrays.fill(clear, (byte) 0);
        }
    }

    static Credential of(StoredSecret stored) {
        String text = stored.reveal();
        return stored.isNative()
                ? new Credential(false, HexFormat.of().parseHex(text.substring(1)), null, null)
                : new Credential(false, null, null, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    boolean empty() {
        return empty;
    }

    boolean servesNative() {
        return nativeHash != null;
    }

    /** Whether it can be verified by caching_sha2_password, with the clear password at least. */
    boolean servesSha2() {
        return fastHash != null || storedSha2 != null;
    }

    /** Whether the clear password is needed, at least where the fast hash does not verify. */
    boolean stored() {
        return storedSha2 != null;
    }

    boolean verifyNative(byte[] scramble, byte[] nonce) {
        byte[] hash = nativeHash;
        return !empty && hash != null && NativePassword.verify(scramble, nonce, hash);
    }

    boolean verifyFast(byte[] scramble, byte[] nonce) {
        byte[] hash = fastHash;
        return !empty && hash != null && CachingSha2Password.verify(scramble, nonce, hash);
    }

    /** Verifies a clear password; a success makes the fast path possible. Takes milliseconds where it is wrong or new. */
    boolean verifyClear(byte[] password) {
        byte[] fast = CachingSha2Password.fastHash(password);
        byte[] known = fastHash;
        if (known != null && MessageDigest.isEqual(fast, known)) {
            // Another client was verified meanwhile: a burst of logins pays for the slow hash once.
            return true;
        }
        byte[] stored = storedSha2;
        // A wrong password pays for the slow hash in any case, as one of an account that does not exist does.
        if (stored == null || !StoredSha2Password.verify(password, stored)) {
            return false;
        }
        fastHash = fast;
        return true;
    }
}
