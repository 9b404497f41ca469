package io.connbudget.proxy;

import io.connbudget.proxy.config.ProxyConfig;

/** The configuration in force. Thread-safe. */
final class CurrentConfig {
    private volatile ProxyConfig value;

    CurrentConfig(ProxyConfig started) {
        value = started;
    }

    ProxyConfig get() {
        return value;
    }

    void set(ProxyConfig reloaded) {
        value = reloaded;
    }
}
