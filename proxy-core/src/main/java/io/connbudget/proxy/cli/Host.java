package io.connbudget.proxy.cli;

import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.LoadedConfig;

/** The process that serves. */
record Host(ServedConfig served, Signals signals) implements ProxyHost {
    /** In place of a signal's name: end without a drain. */
    static final String AT_ONCE = "SHUTDOWN";

    private static final String DRAIN = "SHUTDOWN WAIT";

    @Override
    public LoadedConfig load() throws ConfigException {
        return served.load();
    }

    @Override
    public void shutdown(boolean drain) {
        signals.raise(drain ? DRAIN : AT_ONCE);
    }
}
