package io.connbudget.proxy.config;

import java.util.List;

/**
 * A valid configuration and what is odd about its sources.
 *
 * @param warnings one line each, for the log
 */
public record LoadedConfig(ProxyConfig config, List<String> warnings) {
    public LoadedConfig {
        warnings = List.copyOf(warnings);
    }
}
