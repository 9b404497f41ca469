package io.connbudget.proxy.backend.driver;

import io.connbudget.proxy.backend.BackendHost;
import io.connbudget.proxy.backend.BackendSettings;
import io.connbudget.proxy.backend.SslMode;
import java.util.Arrays;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Every Connector/J property that we set, with its reason. Together they make a login with no statement after it. */
final class DriverProperties {
    private DriverProperties() {}

    /** No schema, so that no backend belongs to one. */
    static String url(BackendHost to) {
        String host = to.host();
        // The key-value form takes IPv6 addresses as they are.
        return "jdbc:mysql://address=(host=" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ")(port="
                + to.port() + ")/";
    }

    /** A fresh set, with the password: not to be kept or logged. */
    static Properties of(BackendSettings settings, AdoptingDataSource.@Nullable Login login) {
        Properties p = new Properties();
        p.setProperty("user", login == null ? settings.user() : login.user());
        char[] password = login == null ? settings.password().get() : login.password();
        // Connector/J takes a String only.
        p.setProperty("password", new String(password));
        Arrays.fill(password, '\0');

        // Bytes go through our channel.
        p.setProperty("socketFactory", ChannelSocketFactory.class.getName());
        // Trust is decided by our SslHandler; Connector/J decides only whether there is TLS.
        p.setProperty("sslMode", driverSslMode(settings.sslMode()));
        // Without TLS, caching_sha2_password with a cold cache encrypts the password with the server's RSA key.
        p.setProperty(
                "allowPublicKeyRetrieval", Boolean.toString(!settings.sslMode().required()));

        // Read exactly 4 + length bytes per packet: what came unasked stays where we see it.
        p.setProperty("useReadAheadInput", "false");
        p.setProperty("useUnbufferedInput", "true");

        // No SELECT @@... after the login.
        p.setProperty("cacheServerConfiguration", "true");
        p.setProperty("serverConfigCacheFactory", ServerConfigFromGreeting.class.getName());
        // No SET autocommit, SELECT @@transaction_isolation, SELECT @@transaction_read_only.
        p.setProperty("useLocalSessionState", "true");
        p.setProperty("readOnlyPropagatesToServer", "false");
        // No SET sql_mode.
        p.setProperty("jdbcCompliantTruncation", "false");
        // No SET character_set_results; a collation that MariaDB knows, too.
        p.setProperty("characterEncoding", "UTF-8");
        p.setProperty("characterSetResults", "UTF-8");
        p.setProperty("connectionCollation", "utf8mb4_general_ci");
        // The server's process list describes clients by what the lease sets, not by the pool.
        p.setProperty("connectionAttributes", "none");

        // Capabilities: without it SESSION_TRACK is not asked for; the other two keep FOUND_ROWS and MULTI_STATEMENTS
        // off.
        p.setProperty("trackSessionState", "true");
        p.setProperty("useAffectedRows", "true");
        p.setProperty("allowMultiQueries", "false");
        // A hostile server must not read the proxy's files; the capability itself is added by GreetingMask.
        p.setProperty("allowLoadLocalInfile", "false");
        p.setProperty("allowUrlInLocalInfile", "false");

        // Nobody reads these times.
        p.setProperty("maintainTimeStats", "false");
        // HikariCP and the lease decide what happens after a failure; a driver that connects again would go round the
        // permits.
        p.setProperty("autoReconnect", "false");
        // It would open a connection of its own, outside the permits.
        p.setProperty("enableQueryTimeouts", "false");
        // The frames are relayed as they are.
        p.setProperty("useCompression", "false");
        return p;
    }

    private static String driverSslMode(SslMode mode) {
        return mode.required() ? SslMode.REQUIRED.name() : mode.name();
    }
}
