package io.connbudget.proxy.config;

import org.jspecify.annotations.Nullable;

/**
 * An account that clients log in with. Exactly one of the two secrets is there.
 *
 * @param password null where {@code authenticationString} is given
 * @param authenticationString as in {@code mysql.user}: {@code $A$005$...} (caching_sha2_password) or {@code *} and 40 hex digits
 *     (mysql_native_password); as a {@link Secret}, since the latter suffices to log in elsewhere with patience
 */
public record AccountConfig(
        @Setting("Name that clients log in with.") String name,

        @Setting(value = "Password of this account.", byDefault = Setting.NONE) @Nullable Secret password,

        @Setting(
                value =
                        "Instead of the password, what `mysql.user` stores of it: `$A$005$...` (caching_sha2_password) or `*` and 40 hex digits"
                                + " (mysql_native_password).",
                byDefault = Setting.NONE)
        @Nullable StoredSecret authenticationString) {

    public AccountConfig {
        InvalidSetting.unless(!name.isEmpty(), "name", "is empty", "the name of an account");
        InvalidSetting.unless(
                (password == null) != (authenticationString == null),
                "password",
                password == null ? "is missing" : "is given next to authentication-string",
                "exactly one of password, password-file, password-env, authentication-string");
    }
}
