package io.connbudget.proxy.config;

import org.jspecify.annotations.Nullable;

/** Another password of an account, for the time in which its clients change from one to the next. Exactly one of the two is there. */
public record PasswordConfig(
        @Setting(value = "A password that logs in too.", byDefault = Setting.NONE) @Nullable Secret password,

        @Setting(value = "Instead of that password, what `mysql.user` stores of it.", byDefault = Setting.NONE)
        @Nullable StoredSecret authenticationString) {

    public PasswordConfig {
        InvalidSetting.unless(
                (password == null) != (authenticationString == null),
                "password",
                password == null ? "is missing" : "is given next to authentication-string",
                "exactly one of password, password-file, password-env, authentication-string");
    }
}
