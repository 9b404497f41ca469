package io.connbudget.proxy.cli;

import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.metrics.ProxyMetrics;

/** Makes a proxy that is not started. */
@FunctionalInterface
public interface ProxyFactory {
    /** {@code metrics} stays the caller's to close, after the proxy. */
    ProxyLifecycle create(ProxyConfig config, ProxyMetrics metrics);
}
