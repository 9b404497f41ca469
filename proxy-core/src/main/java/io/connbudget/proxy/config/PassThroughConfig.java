package io.connbudget.proxy.config;

import java.time.Duration;

/** Logins of accounts that the configuration does not have: the database verifies them. */
public record PassThroughConfig(
        @Setting(
                value =
                        "`off`: only configured accounts log in; `on`: others log in with their password of the database, in clear over TLS or RSA.",
                byDefault = "off")
        Mode mode,

        @Setting(
                value =
                        "How long a password that the database accepted is believed before the database is asked again.",
                byDefault = "5m")
        Duration life,

        @Setting(
                value = "Accounts that are remembered at once; the oldest are forgotten.",
                byDefault = "10000",
                min = 1)
        int maxAccounts) {

    /** Whether it is served. */
    public enum Mode {
        OFF,
        ON
    }

    public PassThroughConfig {
        InvalidSetting.atLeast(life, 1000, "life");
    }

    public boolean on() {
        return mode == Mode.ON;
    }
}
