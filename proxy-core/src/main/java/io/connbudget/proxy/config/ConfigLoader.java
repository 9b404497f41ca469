package io.connbudget.proxy.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Puts a configuration together: defaults, below the file, below the environment, below flags. */
public final class ConfigLoader {
    /** Variables of the launcher, and those that Kubernetes makes of a service named connbudget. */
    private static final Pattern FOREIGN_VARIABLE =
            Pattern.compile("CONNBUDGET_(JAVA_OPTS|SERVICE_HOST|SERVICE_PORT.*|PORT|PORT_\\d+_.*)");

    private final List<SettingKey> keys = SettingKeys.all();
    private final Map<String, String> environment;

    /** {@code environment} as of {@link System#getenv()}. */
    public ConfigLoader(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** Options of {@code serve} that set a key, in the order of the reference. */
    public static List<ConfigFlag> flags() {
        return SettingKeys.all().stream()
                .filter(key -> !key.flag().isEmpty())
                .map(key -> new ConfigFlag(key.flag(), key.path(), ConfigReference.oneLine(key)))
                .collect(Collectors.toList());
    }

    /**
     * Loads and validates. Reads the configuration file and password files, so not on an event loop.
     *
     * @param file null for none
     * @param flags text by key, for example {@code listen}
     * @throws ConfigException with every problem that was found
     */
    public LoadedConfig load(@Nullable Path file, Map<String, String> flags) throws ConfigException {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        // In the order of the file: that of the classes is shown.
        Map<String, RawValue> values = new LinkedHashMap<>();
        if (file != null) {
            values.putAll(readFile(file, problems));
        }
        if (!problems.isEmpty()) {
            // What else is missing in a file that cannot be read would only hide the cause.
            throw new ConfigException(problems);
        }
        new UnknownKeys(keys).refuse(values, problems);
        values.putAll(readEnvironment(values.keySet(), warnings));
        flags.forEach((key, text) -> values.put(key, new RawValue(text, "flag " + flagOf(key), RawValue.FLAG)));
        ProxyConfig config = new ConfigBinder(keys, values, environment, problems).bind();
        if (config == null || !problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new LoadedConfig(config, warnings);
    }

    static Map<String, RawValue> readFile(Path file, List<String> problems) {
        try {
            return YamlFile.read(file.toString(), Files.readString(file, StandardCharsets.UTF_8), problems);
        } catch (NoSuchFileException e) {
            problems.add(file + ": there is no such file");
        } catch (IOException e) {
            problems.add(file + ": cannot be read: " + e.getMessage());
        }
        return Map.of();
    }

    private Map<String, RawValue> readEnvironment(Set<String> inFile, List<String> warnings) {
        Map<String, RawValue> values = new HashMap<>();
        new TreeMap<>(environment).forEach((name, text) -> {
            // An empty variable is one that a compose file or a unit passes through unset.
            if (!name.startsWith(SettingKey.ENVIRONMENT_PREFIX)
                    || text.isEmpty()
                    || FOREIGN_VARIABLE.matcher(name).matches()) {
                return;
            }
            for (SettingKey key : keys) {
                Matcher matcher = key.environmentPattern().matcher(name);
                if (matcher.matches()) {
                    values.put(
                            path(key, matcher, inFile),
                            new RawValue(text, "environment variable " + name, RawValue.ENVIRONMENT));
                    return;
                }
            }
            String hint = NearMiss.of(
                            name, keys.stream().map(SettingKey::environmentName).toList())
                    .map(near -> "; did you mean " + near + "?")
                    .orElse("");
            warnings.add("environment variable " + name + " sets no key" + hint);
        });
        return values;
    }

    /** A name in a variable is in capitals: it is that of the file's section which is written so, else in small letters. */
    private static String path(SettingKey key, Matcher matcher, Set<String> inFile) {
        List<String> parts = new ArrayList<>();
        for (int i = 1; i <= matcher.groupCount(); i++) {
            if (matcher.group(i) != null) {
                parts.add(matcher.group(i).toLowerCase(Locale.ROOT));
            }
        }
        int at = key.path().indexOf(SettingKey.NAME);
        if (at > 0) {
            String name = parts.get(0);
            parts.set(
                    0,
                    inFile.stream()
                            .filter(given -> given.startsWith(key.path().substring(0, at)))
                            .map(given -> given.substring(at).split("\\.", 2)[0])
                            .filter(given -> given.replace('-', '_').equalsIgnoreCase(name))
                            .findFirst()
                            .orElse(name.replace('_', '-')));
        }
        return key.pathWith(parts);
    }

    private String flagOf(String path) {
        return keys.stream()
                .filter(key -> key.path().equals(path) && !key.flag().isEmpty())
                .map(SettingKey::flag)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no flag sets " + path));
    }
}
