package io.connbudget.proxy.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** A password: never shown by {@link #toString}, compared in constant time. Immutable. */
public final class Secret {
    private static final Secret EMPTY = new Secret(new byte[0]);

    private final byte[] bytes;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The password in UTF-8. */
    public static Secret of(String text) {
        return new Secret(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Content of a password file: one newline at its end (LF or CRLF) does not belong to the password. The bytes are copied. */
    public static Secret ofFile(byte[] content) {
        int length = content.length;
        if (length > 0 && content[length - 1] == '\n') {
            length--;
            if (length > 0 && content[length - 1] == '\r') {
                length--;
            }
        }
        return new Secret(Arrays.copyOf(content, length));
    }

    /** The empty password. */
    public static Secret empty() {
        return EMPTY;
    }

    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** A copy, which the caller may overwrite after use. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The password as text, for an API that takes no bytes. */
    public String reveal() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "***";
    }
}
