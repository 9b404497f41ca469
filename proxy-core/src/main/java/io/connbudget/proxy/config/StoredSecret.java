package io.connbudget.proxy.config;

import java.util.regex.Pattern;

/**
 * What a MySQL server stores of a password. Redacted like a password: the native form is one SHA-1 away from it.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/caching-sha2-pluggable-authentication.html">caching_sha2_password</a>
 */
public final class StoredSecret {
    /** {@code $A$}, thousands of rounds in three hex digits, {@code $}, 20 salt bytes, 43 characters of digest. */
    private static final Pattern CACHING_SHA2 =
            Pattern.compile("\\$A\\$[0-9A-F]{3}\\$.{20}[./0-9A-Za-z]{43}", Pattern.DOTALL);

    private static final Pattern NATIVE = Pattern.compile("\\*[0-9A-Fa-f]{40}");

    private final String text;

    private StoredSecret(String text) {
        this.text = text;
    }

    /**
     * Takes the column {@code authentication_string} of {@code mysql.user}.
     *
     * @throws IllegalArgumentException if it has neither of the two forms
     */
    public static StoredSecret parse(String text) {
        if (!NATIVE.matcher(text).matches() && !CACHING_SHA2.matcher(text).matches()) {
            throw new IllegalArgumentException("neither form");
        }
        return new StoredSecret(text);
    }

    /** Whether it is {@code *} and 40 hex digits, SHA1(SHA1(password)); else it is the form of caching_sha2_password. */
    public boolean isNative() {
        return text.charAt(0) == '*';
    }

    public String reveal() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StoredSecret stored && Secret.of(text).equals(Secret.of(stored.text));
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
