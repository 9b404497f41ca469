package io.connbudget.proxy.backend.driver;

import com.mysql.cj.CacheAdapter;
import com.mysql.cj.CacheAdapterFactory;
import com.mysql.cj.ServerVersion;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * Answers Connector/J's question for cached server variables with "nothing but the version", so that it sends no
 * {@code SELECT @@...} even on the first connection. No statement of ours runs through JDBC, so none of the values is used. Made by
 * Connector/J, by class name.
 */
public final class ServerConfigFromGreeting implements CacheAdapterFactory<String, Map<String, String>> {
    /** The key under which Connector/J checks that the cache belongs to this server. */
    private static final String VERSION_KEY = "server_version_string";

    /** For Connector/J. */
    public ServerConfigFromGreeting() {}

    @Override
    public CacheAdapter<String, Map<String, String>> getInstance(
            Lock lock, String url, int maxElements, int maxKeySize) {
        return new FromGreeting();
    }

    private static final class FromGreeting implements CacheAdapter<String, Map<String, String>> {
        @Override
        @SuppressWarnings("NullAway") // Null means "not cached"; Connector/J is not annotated.
        public @Nullable Map<String, String> get(String key) {
            AdoptedChannel channel = ChannelSocketFactory.current().channel();
            if (channel == null) {
                return null;
            }
            String version = channel.greeting().serverVersion();
            return Map.of(VERSION_KEY, ServerVersion.parseVersion(version).toString());
        }

        @Override
        public void put(String key, Map<String, String> value) {}

        @Override
        public void invalidate(String key) {}

        @Override
        public void invalidateAll(Set<String> keys) {}

        @Override
        public void invalidateAll() {}
    }
}
