package io.connbudget.proxy.config;

/** Somebody who may use the console and HTTP. */
public record AdminAccount(
        @Setting("Name to log in with at the console and over HTTP.")
        String name,

        @Setting("Password of this administrator.") Secret password,

        @Setting(value = "`read-only`: may look; `operator`: may also change what runs.", byDefault = "read-only")
        AdminRole role) {

    public AdminAccount {
        InvalidSetting.unless(!name.isEmpty(), "name", "is empty", "the name of an administrator");
        // A name with a colon cannot be written in HTTP's basic authentication.
        InvalidSetting.unless(name.indexOf(':') < 0, "name", "has a colon", "a name without one");
        InvalidSetting.unless(!password.isEmpty(), "password", "is empty", "a password");
    }
}
