package io.connbudget.proxy.testing;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.ConfigException;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Configurations for tests that need one and say little about it. */
public final class TestConfigs {
    private TestConfigs() {}

    /** From YAML. */
    public static ProxyConfig load(String yaml) {
        try {
            Path file = Files.createTempFile("connbudget", ".yaml");
            try {
                Files.writeString(file, yaml);
                return new ConfigLoader(Map.of()).load(file, Map.of()).config();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    /** A pool's account {@code app}, password {@code secret}, and these accounts for clients. */
    public static ProxyConfig withAccounts(List<AccountConfig> accounts) {
        ProxyConfig base = load("""
                backend: {address: "127.0.0.1:1", user: app, password: secret}
                budget: {max-connections: 4}
                frontend: {door: {failed-logins: off}}
                """);
        return new ProxyConfig(
                base.listen(),
                null,
                null,
                base.eventLoops(),
                base.transport(),
                base.handoff(),
                base.backend(),
                base.budget(),
                accounts,
                base.admin(),
                base.frontend(),
                base.session(),
                base.drainTimeout(),
                base.log());
    }
}
