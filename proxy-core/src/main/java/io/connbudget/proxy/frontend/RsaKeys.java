package io.connbudget.proxy.frontend;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The RSA key pair of caching_sha2_password's full path without TLS, made when it is first asked for. Thread-safe. */
final class RsaKeys implements Supplier<KeyPair> {
    private static final int BITS = 2048;

    private @Nullable KeyPair keys;

    @Override
    public synchronized KeyPair get() {
        KeyPair known = keys;
        if (known == null) {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
                generator.initialize(BITS);
                known = generator.generateKeyPair();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("a JDK without RSA", e);
            }
            keys = known;
        }
        return known;
    }
}
