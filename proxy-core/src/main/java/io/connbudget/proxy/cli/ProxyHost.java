package io.connbudget.proxy.cli;

import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.LoadedConfig;

/** The process around a proxy, as operators reach it through the proxy. Thread-safe. */
public interface ProxyHost {
    /**
     * Reads the configuration again from where it came from at the start. Blocks.
     *
     * @throws ConfigException with every problem that was found
     */
    LoadedConfig load() throws ConfigException;

    /** Asks the process to end, as a signal does; returns at once. */
    void shutdown(boolean drain);
}
