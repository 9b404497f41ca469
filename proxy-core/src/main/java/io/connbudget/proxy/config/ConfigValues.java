package io.connbudget.proxy.config;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Every key of a configuration with its value, as it would be written in the file; secrets are {@code ***}. */
public final class ConfigValues {
    /** Sections and keys that a reload puts in force; all others need a restart. */
    private static final List<String> RELOADED = List.of(
            "accounts[",
            "admin.",
            "budget.",
            "drain-timeout",
            "frontend.",
            "log.long-transaction",
            "log.slow-wait",
            "session.");

    /**
     * One key.
     *
     * @param value {@code none} for one that is absent
     * @param byDefault {@code required} for one without a default
     * @param reloads whether a reload puts another value in force
     */
    public record ConfigValue(String key, String value, String byDefault, boolean reloads) {}

    private ConfigValues() {}

    /** In the order of the reference. */
    public static List<ConfigValue> of(ProxyConfig config) {
        List<ConfigValue> values = new ArrayList<>();
        collect(config, "", values);
        return values;
    }

    /** Keys whose values differ, those that only one of the two has included; by name. */
    public static List<String> changed(ProxyConfig before, ProxyConfig after) {
        Map<String, Object> old = raw(before);
        Map<String, Object> fresh = raw(after);
        TreeSet<String> keys = new TreeSet<>(old.keySet());
        keys.addAll(fresh.keySet());
        keys.removeIf(
                key -> old.containsKey(key) && fresh.containsKey(key) && Objects.equals(old.get(key), fresh.get(key)));
        return List.copyOf(keys);
    }

    /** Whether a reload puts another value of this key in force. */
    public static boolean reloads(String key) {
        return RELOADED.stream()
                .anyMatch(entry ->
                        (entry.endsWith(".") || entry.endsWith("[")) ? key.startsWith(entry) : key.equals(entry));
    }

    private static Map<String, Object> raw(ProxyConfig config) {
        Map<String, Object> values = new LinkedHashMap<>();
        rawOf(config, "", values);
        return values;
    }

    private static void rawOf(Object record, String prefix, Map<String, Object> into) {
        walk(record, prefix, (path, setting, value) -> {
            if (value != null) {
                into.put(path, value);
            }
        });
    }

    /** Told of each key. */
    private interface Visitor {
        void key(String path, Setting setting, @Nullable Object value);
    }

    private static void walk(Object record, String prefix, Visitor visitor) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = get(component, record);
            String path = prefix + SettingKeys.name(component);
            Setting setting = component.getAnnotation(Setting.class);
            if (value instanceof List<?> list) {
                for (int i = 0; i < list.size(); i++) {
                    walk(list.get(i), path + "[" + i + "].", visitor);
                }
            } else if (value instanceof Map<?, ?> map) {
                map.forEach((name, each) -> {
                    if (each instanceof String && setting != null) {
                        visitor.key(path + "." + name, setting, each);
                    } else {
                        walk(each, path + "." + name + ".", visitor);
                    }
                });
            } else if (value != null && SettingKeys.isSection(component.getType())) {
                walk(value, path + ".", visitor);
            } else if (setting != null) {
                visitor.key(path, setting, value);
            }
        }
    }

    private static void collect(Object record, String prefix, List<ConfigValue> into) {
        walk(
                record,
                prefix,
                (path, setting, value) ->
                        into.add(new ConfigValue(path, text(value, setting), byDefault(setting), reloads(path))));
    }

    private static String byDefault(Setting setting) {
        return switch (setting.byDefault()) {
            case Setting.REQUIRED -> "required";
            case Setting.NONE -> "none";
            default -> setting.byDefault();
        };
    }

    private static String text(@Nullable Object value, Setting setting) {
        if (value == null || (value instanceof Integer number && isWord(number, setting))) {
            return setting.word().isEmpty() ? "none" : setting.word();
        }
        if (value instanceof Duration duration) {
            return SettingTypes.text(duration);
        }
        return value instanceof Enum<?> constant
                ? constant.name().toLowerCase(Locale.ROOT).replace('_', '-')
                : value.toString();
    }

    private static boolean isWord(int number, Setting setting) {
        return !setting.word().isEmpty() && number == setting.wordMeans();
    }

    private static @Nullable Object get(RecordComponent component, Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("accessor of " + component, e);
        }
    }
}
