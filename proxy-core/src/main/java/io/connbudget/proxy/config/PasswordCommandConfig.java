package io.connbudget.proxy.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A program that prints the password of the backend's account: for tokens that end, such as those of IAM. */
public record PasswordCommandConfig(
        @Setting(
                value =
                        "Program with its arguments that prints `backend.user`'s password; quotes group words, no shell is involved unless it is the"
                                + " program.",
                byDefault = Setting.NONE)
        @Nullable CommandLine run,

        @Setting(value = "How long a printed password may be used for new connections.", byDefault = "10m")
        Duration life,

        @Setting(value = "How long the program may take before it is ended.", byDefault = "10s")
        Duration timeout) {

    public PasswordCommandConfig {
        InvalidSetting.atLeast(life, 1000, "life");
        InvalidSetting.atLeast(timeout, 100, "timeout");
    }
}
