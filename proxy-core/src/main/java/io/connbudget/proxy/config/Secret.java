package io.connbudget.proxy.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A password: never shown by {@link #toString}, compared in constant time. Immutable. */
public final class Secret {
    private static final Secret EMPTY = new Secret(new byte[0], null);

    private final byte[] bytes;

    private final @Nullable Path file;

    private Secret(byte[] bytes, @Nullable Path file) {
        this.bytes = bytes;
        this.file = file;
    }

    /** The password in UTF-8. */
    public static Secret of(String text) {
        return new Secret(text.getBytes(StandardCharsets.UTF_8), null);
    }

    /** The password in UTF-8, copied. */
    public static Secret of(byte[] utf8) {
        return new Secret(utf8.clone(), null);
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
        return new Secret(Arrays.copyOf(content, length), null);
    }

    /**
     * What a password file holds now.
     *
     * @throws IOException if it cannot be read
     */
    public static Secret ofFile(Path file) throws IOException {
        return new Secret(ofFile(Files.readAllBytes(file)).bytes, file);
    }

    /** The file that it was read from, which may hold another one by now; null where it came otherwise. */
    public @Nullable Path file() {
        return file;
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
