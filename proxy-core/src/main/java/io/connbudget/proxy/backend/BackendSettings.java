package io.connbudget.proxy.backend;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the backend needs to know. No schema: each session's own is set when a backend is attached to it.
 *
 * @param host name or address of the database
 * @param port 1 to 65535
 * @param user account of the pool's connections
 * @param password of that account
 * @param sslMode how connections are secured
 * @param caFile PEM certificates trusted by VERIFY_CA and VERIFY_IDENTITY; null: the JDK's trust store
 * @param maxConnections size of the pool, at least 1
 * @param minIdle connections kept open when nothing happens, 0 (which keeps one) to maxConnections; equal to it: a pool of fixed size
 * @param connectTimeout for TCP connect, TLS and login together, at least 250 ms
 * @param maxLifetime age at which an idle connection is replaced; zero: never; else at least 30 s
 * @param keepaliveTime interval of COM_PING on idle connections; zero: never; else at least 30 s
 * @param closeTimeout wait for the server's FIN before the socket is reset
 * @param failover hosts that take the place of the first one when it is out of reach, in the order in which they are tried
 * @param refuseReadOnly whether a database that is read-only counts as one out of reach
 */
public record BackendSettings(
        String host,
        int port,
        String user,
        PasswordSource password,
        SslMode sslMode,
        @Nullable Path caFile,
        int maxConnections,
        int minIdle,
        Duration connectTimeout,
        Duration maxLifetime,
        Duration keepaliveTime,
        Duration closeTimeout,
        List<BackendHost> failover,
        boolean refuseReadOnly) {

    /** HikariCP replaces smaller values by its defaults without a word; refused here instead. */
    private static final Duration HIKARI_FLOOR = Duration.ofSeconds(30);

    private static final Duration CONNECT_FLOOR = Duration.ofMillis(250);

    /** Settings of one host, read-only or not. */
    public BackendSettings(
            String host,
            int port,
            String user,
            PasswordSource password,
            SslMode sslMode,
            @Nullable Path caFile,
            int maxConnections,
            int minIdle,
            Duration connectTimeout,
            Duration maxLifetime,
            Duration keepaliveTime,
            Duration closeTimeout) {
        this(
                host,
                port,
                user,
                password,
                sslMode,
                caFile,
                maxConnections,
                minIdle,
                connectTimeout,
                maxLifetime,
                keepaliveTime,
                closeTimeout,
                List.of(),
                false);
    }

    public BackendSettings {
        failover = List.copyOf(failover);
        require(!host.isBlank(), "host", host, "a host name or address");
        require(port >= 1 && port <= 65_535, "port", port, "1 to 65535");
        require(!user.isEmpty(), "user", user, "an account name");
        require(maxConnections >= 1, "maxConnections", maxConnections, "at least 1");
        require(minIdle >= 0 && minIdle <= maxConnections, "minIdle", minIdle, "0 to maxConnections");
        require(connectTimeout.compareTo(CONNECT_FLOOR) >= 0, "connectTimeout", connectTimeout, "at least 250 ms");
        require(zeroOrFloor(maxLifetime), "maxLifetime", maxLifetime, "0 or at least 30 s");
        require(zeroOrFloor(keepaliveTime), "keepaliveTime", keepaliveTime, "0 or at least 30 s");
        require(
                maxLifetime.isZero() || keepaliveTime.compareTo(maxLifetime) < 0,
                "keepaliveTime",
                keepaliveTime,
                "less than maxLifetime");
        require(!closeTimeout.isNegative() && !closeTimeout.isZero(), "closeTimeout", closeTimeout, "more than 0");
    }

    /** All hosts, the first one first. */
    public List<BackendHost> hosts() {
        List<BackendHost> hosts = new ArrayList<>();
        hosts.add(new BackendHost(host, port));
        hosts.addAll(failover);
        return List.copyOf(hosts);
    }

    private static boolean zeroOrFloor(Duration value) {
        return value.isZero() || value.compareTo(HIKARI_FLOOR) >= 0;
    }

    private static void require(boolean holds, String key, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException("backend " + key + " is '" + value + "', expected " + expected);
        }
    }

    @Override
    public String toString() {
        return "BackendSettings[" + user + "@" + host + ":" + port + ", sslMode=" + sslMode + ", maxConnections="
                + maxConnections + ", minIdle=" + minIdle + "]";
    }
}
