package io.connbudget.proxy.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Loads configurations from texts. */
final class ConfigFixture {
    static final String MINIMAL = """
            backend:
              address: 127.0.0.1:3306
              user: app
              password: hunter2
            budget:
              max-connections: 16
            """;

    private ConfigFixture() {}

    static ProxyConfig load(Path directory, String yaml) {
        return load(directory, yaml, Map.of(), Map.of());
    }

    static ProxyConfig load(Path directory, String yaml, Map<String, String> environment, Map<String, String> flags) {
        try {
            return new ConfigLoader(environment)
                    .load(file(directory, yaml), flags)
                    .config();
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    /** The problems, with the directory taken out of them. */
    static List<String> problems(
            Path directory, String yaml, Map<String, String> environment, Map<String, String> flags) {
        ConfigException e = catchThrowableOfType(
                ConfigException.class, () -> new ConfigLoader(environment).load(file(directory, yaml), flags));
        return e.problems().stream()
                .map(problem -> problem.replace(directory + "/", ""))
                .toList();
    }

    static List<String> problems(Path directory, String yaml) {
        return problems(directory, yaml, Map.of(), Map.of());
    }

    private static Path file(Path directory, String yaml) {
        try {
            return Files.writeString(directory.resolve("connbudget.yaml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
