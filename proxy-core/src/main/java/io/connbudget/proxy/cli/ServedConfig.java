package io.connbudget.proxy.cli;

import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.LoadedConfig;

/** A configuration that can be read again. */
interface ServedConfig {
    /** Reads files and environment. Blocks. */
    LoadedConfig load() throws ConfigException;
}
