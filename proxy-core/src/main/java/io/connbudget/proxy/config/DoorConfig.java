package io.connbudget.proxy.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What keeps strangers from being a burden.
 *
 * @param proxyProtocolFrom null for nobody
 */
public record DoorConfig(
        @Setting(
                value = "Client connections of one address that may be at their login at once.",
                byDefault = "500",
                min = 1)
        int maxUnauthenticatedPerSource,

        @Setting(
                value =
                        "Failed logins of one address after which each further one is told later than the one before, at HTTP and console too; `off` for no limit.",
                byDefault = "10",
                word = "off",
                wordMeans = DoorConfig.NO_BACK_OFF,
                min = 1)
        int failedLogins,

        @Setting(
                value =
                        "How long the first such answer is held back; doubled with each further failure, to 64 times this and at most `frontend.handshake-timeout`.",
                byDefault = "1s")
        Duration backOff,

        @Setting(
                value =
                        "Load balancers (addresses) that must send a PROXY protocol header (v1 or v2), whose source is then believed.",
                byDefault = Setting.NONE)
        @Nullable CidrList proxyProtocolFrom) {

    /** {@link #failedLogins} without limit. */
    public static final int NO_BACK_OFF = 0;

    public DoorConfig {
        InvalidSetting.atLeast(backOff, 1, "back-off");
    }
}
