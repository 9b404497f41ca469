package io.connbudget.proxy.frontend;

import io.connbudget.proxy.config.AccountConfig;
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
 * An account that clients log in with, as the hashes that verify it. Thread-safe.
 *
 * <p>From a password both hashes are known. From what a server stores only one is: SHA1(SHA1) serves
 * mysql_native_password, the salted form of caching_sha2_password needs the clear password once, and remembers the fast
 * hash of it from then on, as the server does.
 */
final class Account {
    private final String name;
    private final boolean emptyPassword;
    private final byte @Nullable [] nativeHash;
    private final byte @Nullable [] storedSha2;
    private volatile byte @Nullable [] fastHash;

    private Account(
            String name,
            boolean emptyPassword,
            byte @Nullable [] nativeHash,
            byte @Nullable [] fastHash,
            byte @Nullable [] storedSha2) {
        this.name = name;
        this.emptyPassword = emptyPassword;
        this.nativeHash = nativeHash;
        this.fastHash = fastHash;
        this.storedSha2 = storedSha2;
    }

    static Account of(AccountConfig config) {
        Secret password = config.password();
        if (password != null) {
            byte[] clear = password.bytes();
            try {
                return new Account(
                        config.name(),
                        password.isEmpty(),
                        NativePassword.storedHash(clear),
                        CachingSha2Password.fastHash(clear),
                        null);
            } finally {
                Arrays.fill(clear, (byte) 0);
            }
        }
        StoredSecret stored = config.authenticationString();
        if (stored == null) {
            throw new IllegalArgumentException("an account without a secret");
        }
        String text = stored.reveal();
        return stored.isNative()
                ? new Account(config.name(), false, HexFormat.of().parseHex(text.substring(1)), null, null)
                : new Account(config.name(), false, null, null, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    String name() {
        return name;
    }

    boolean emptyPassword() {
        return emptyPassword;
    }

    /** SHA1(SHA1(password)), or null where it is not known. */
    byte @Nullable [] nativeHash() {
        return nativeHash;
    }

    /** SHA256(SHA256(password)), or null where it is not known (yet). */
    byte @Nullable [] fastHash() {
        return fastHash;
    }

    /** Whether the account can be verified by caching_sha2_password, with the clear password at least. */
    boolean servesSha2() {
        return fastHash != null || storedSha2 != null;
    }

    /** Verifies a clear password; a success makes the fast path possible. Takes milliseconds. */
    boolean verifyClear(byte[] password) {
        byte[] stored = storedSha2;
        if (stored == null) {
            return false;
        }
        byte[] fast = CachingSha2Password.fastHash(password);
        byte[] known = fastHash;
        if (known != null) {
            // Another client was verified meanwhile: a burst of logins pays for the slow hash once.
            return MessageDigest.isEqual(fast, known);
        }
        if (!StoredSha2Password.verify(password, stored)) {
            return false;
        }
        fastHash = fast;
        return true;
    }

    @Override
    public String toString() {
        return "Account[" + name + "]";
    }
}
