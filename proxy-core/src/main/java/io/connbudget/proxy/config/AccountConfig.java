package io.connbudget.proxy.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An account that clients log in with. Exactly one of {@code password} and {@code authenticationString} is there.
 *
 * @param password null where {@code authenticationString} is given
 * @param authenticationString as in {@code mysql.user}: {@code $A$005$...} (caching_sha2_password) or {@code *} and 40 hex digits
 *     (mysql_native_password); as a {@link StoredSecret}, since the latter suffices to log in elsewhere with patience
 * @param sources null for any
 * @param schemas null for any
 * @param backendUser null for the account's own name
 */
public record AccountConfig(
        @Setting("Name that clients log in with.") String name,

        @Setting(value = "Password of this account.", byDefault = Setting.NONE) @Nullable Secret password,

        @Setting(
                value =
                        "Instead of the password, what `mysql.user` stores of it: `$A$005$...` (caching_sha2_password) or `*` and 40 hex digits"
                                + " (mysql_native_password). Needs `backend-user`.",
                byDefault = Setting.NONE)
        @Nullable StoredSecret authenticationString,

        List<PasswordConfig> otherPasswords,

        @Setting(value = "Addresses that it may come from; without it, any.", byDefault = Setting.NONE) @Nullable CidrList sources,

        @Setting(
                value =
                        "Schemas that it may select at login, by COM_CHANGE_USER, COM_INIT_DB and USE, with `*` and `?`; without it, those that the database allows.",
                byDefault = Setting.NONE)
        @Nullable NameList schemas,

        @Setting(
                value = "Subject (RFC 2253) of the client certificate that it must show, with `*` and `?`.",
                byDefault = Setting.NONE)
        @Nullable String tlsIdentity,

        @Setting(
                value =
                        "Account at the database that its statements run as; without it, the account of the same name and password.",
                byDefault = Setting.NONE)
        @Nullable String backendUser,

        @Setting(
                value =
                        "Password of `backend-user`; not needed where that is the account of `backend` or one in this list.",
                byDefault = Setting.NONE)
        @Nullable Secret backendPassword,

        @Setting(value = "Client class of its connections where no rule of a class matches.", byDefault = Setting.NONE)
        @Nullable String clientClass) {

    public AccountConfig {
        otherPasswords = List.copyOf(otherPasswords);
        InvalidSetting.unless(!name.isEmpty(), "name", "is empty", "the name of an account");
        InvalidSetting.unless(
                (password == null) != (authenticationString == null),
                "password",
                password == null ? "is missing" : "is given next to authentication-string",
                "exactly one of password, password-file, password-env, authentication-string");
        InvalidSetting.unless(
                backendUser == null || !backendUser.isEmpty(),
                "backend-user",
                "is empty",
                "the name of an account at the database");
        InvalidSetting.unless(
                backendPassword == null || backendUser != null,
                "backend-password",
                "is given without backend-user",
                "backend-user next to it");
        InvalidSetting.unless(
                password != null || backendUser != null,
                "backend-user",
                "is missing, and the password is known as a hash only",
                "an account at the database whose password is known; a hash does not log in there");
    }

    /** An account with one password, from anywhere, that is itself at the database. */
    public static AccountConfig of(String name, Secret password) {
        return new AccountConfig(name, password, null, List.of(), null, null, null, null, null, null);
    }

    /** An account known by its hash, that is {@code backendUser} at the database. */
    public static AccountConfig of(
            String name, StoredSecret stored, String backendUser, @Nullable Secret backendPassword) {
        return new AccountConfig(name, null, stored, List.of(), null, null, null, backendUser, backendPassword, null);
    }

    /** The same account, that is {@code user} at the database. */
    public AccountConfig withBackend(String user, @Nullable Secret secret) {
        return new AccountConfig(
                name,
                password,
                authenticationString,
                otherPasswords,
                sources,
                schemas,
                tlsIdentity,
                user,
                secret,
                clientClass);
    }

    /** The name of its account at the database. */
    public String effectiveBackendUser() {
        return backendUser == null ? name : backendUser;
    }
}
