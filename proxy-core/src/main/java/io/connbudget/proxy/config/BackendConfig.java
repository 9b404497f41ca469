package io.connbudget.proxy.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The database and the connections to it.
 *
 * @param password null where {@code passwordCommand} runs a program for it
 * @param minIdle {@value #ALL} for as many as the budget allows
 */
public record BackendConfig(
        @Setting(value = "Address of the database.", flag = "--backend")
        HostPort address,

        @Setting(
                value =
                        "Databases that take the place of `backend.address` when it is out of reach, in this order; all connections go to one at a time, and it stays the one until it is out of reach itself.",
                byDefault = Setting.NONE)
        @Nullable HostList failover,

        @Setting(
                value =
                        "What to do about a database that is read-only: `accept` it, or `refuse`: it counts as out of reach, and is looked for every two seconds.",
                byDefault = "accept")
        ReadOnlyDatabase readOnly,

        @Setting(value = "Account that the proxy uses at the database.", flag = "--user")
        String user,

        @Setting(
                value = "Password of `backend.user`; a file is read again when the database refuses what it held.",
                unless = "password-command.run",
                flag = "--password")
        @Nullable Secret password,

        PasswordCommandConfig passwordCommand,

        BackendTlsConfig tls,

        @Setting(value = "How long a connection to the database may take, its login included.", byDefault = "5s")
        Duration connectTimeout,

        @Setting(
                value =
                        "How long a backend that nobody waits for stays with the proxy's event loops before it goes back to the pool.",
                byDefault = "500ms")
        Duration linger,

        @Setting(
                value =
                        "Age of a lease at which its backend goes back to the pool at the next chance, so that keep-alive and lifetime reach it.",
                byDefault = "30s")
        Duration maxLease,

        @Setting(value = "Age at which a connection to the database is replaced.", byDefault = "30m")
        Duration maxLifetime,

        @Setting(value = "How often an idle connection to the database is pinged.", byDefault = "2m")
        Duration keepalive,

        @Setting(
                value = "How long the proxy waits for the database to confirm a close before it gives the permit back.",
                byDefault = "5s")
        Duration closeTimeout,

        @Setting(
                value =
                        "Connections kept open while nobody needs them, one at the least; `all` is budget.max-connections.",
                byDefault = "all",
                word = "all",
                wordMeans = BackendConfig.ALL)
        int minIdle) {

    /** {@link #minIdle} for a pool that stays full. */
    public static final int ALL = -1;

    public BackendConfig {
        InvalidSetting.unless(
                password == null || passwordCommand.run() == null,
                "password",
                "is given next to backend.password-command.run",
                "one of them");
        InvalidSetting.unless(!user.isEmpty(), "user", "is empty", "the name of an account");
        InvalidSetting.unless(
                failover == null || !failover.hosts().contains(address),
                "failover",
                "has backend.address in it",
                "other databases");
        InvalidSetting.unless(address.port() > 0, "address", "has port 0", "host:port, for example 127.0.0.1:3306");
        // The least values of HikariCP.
        InvalidSetting.atLeast(connectTimeout, 250, "connect-timeout");
        InvalidSetting.atLeast(maxLifetime, 30_000, "max-lifetime");
        InvalidSetting.atLeast(keepalive, 30_000, "keepalive");
        InvalidSetting.atLeast(maxLease, 1, "max-lease");
        InvalidSetting.atLeast(closeTimeout, 1, "close-timeout");
        InvalidSetting.unless(
                keepalive.compareTo(maxLifetime) < 0,
                "keepalive",
                "is not below backend.max-lifetime",
                "a shorter duration");
    }
}
