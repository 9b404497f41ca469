package io.connbudget.proxy.config;

import java.time.Duration;

/** What clients may do before and beside their statements. */
public record FrontendConfig(
        @Setting(value = "How long a client's login may take.", byDefault = "10s")
        Duration handshakeTimeout,

        @Setting(value = "Client connections that may be at their login at once.", byDefault = "1000", min = 1)
        int maxUnauthenticated,

        @Setting(value = "Client connections that may be open at once.", byDefault = "50000", min = 1)
        int maxClients,

        @Setting(
                value =
                        "Longest packet, in parts of 16 MiB or not, that a client may send; 1GiB is the most that MySQL takes.",
                byDefault = "1GiB")
        ByteSize maxPacketBytes,

        FrontendTlsConfig tls,
        DoorConfig door,
        PassThroughConfig passThrough) {

    public FrontendConfig {
        InvalidSetting.atLeast(handshakeTimeout, 1, "handshake-timeout");
        InvalidSetting.unless(
                maxPacketBytes.bytes() >= 1024 && maxPacketBytes.bytes() <= 1L << 30,
                "max-packet-bytes",
                "is " + maxPacketBytes,
                "a size from 1KiB to 1GiB");
    }
}
