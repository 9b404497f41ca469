package io.connbudget.proxy.config;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the records from texts. It goes on after a problem, so that one run shows all of them. */
final class ConfigBinder {
    /** Longest quotation of a wrong value in a message, in characters. */
    private static final int MAX_QUOTED = 60;

    /** How variables are named that are meant to be set by hand. */
    private static final Pattern VARIABLE = Pattern.compile("[A-Z_][A-Z0-9_]*");

    private final Map<String, SettingKey> keys = new HashMap<>();
    private final Map<String, RawValue> values;
    private final Map<String, String> environment;
    private final List<String> problems;
    /** Sections that users name, with {@link SettingKey#NAME} in place of the name. */
    private final Map<String, String> templates = new HashMap<>();

    ConfigBinder(
            List<SettingKey> keys,
            Map<String, RawValue> values,
            Map<String, String> environment,
            List<String> problems) {
        for (SettingKey key : keys) {
            this.keys.put(key.path(), key);
        }
        this.values = values;
        this.environment = environment;
        this.problems = problems;
    }

    /** Null if there were problems. */
    @Nullable ProxyConfig bind() {
        return bind(ProxyConfig.class);
    }

    /** A record of another file; null if there were problems. */
    <T> @Nullable T bind(Class<T> record) {
        return record.cast(section(record, ""));
    }

    private @Nullable Object section(Class<?> type, String prefix) {
        int problemsBefore = problems.size();
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] arguments = new @Nullable Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            String path = prefix + SettingKeys.name(components[i]);
            Class<?> element = SettingKeys.elementType(components[i]);
            Class<?> value = SettingKeys.valueType(components[i]);
            if (element != null) {
                arguments[i] = list(element, path);
            } else if (value == String.class) {
                arguments[i] = texts(path);
            } else if (value != null) {
                arguments[i] = named(value, path);
            } else if (SettingKeys.isSection(types[i])) {
                arguments[i] = section(types[i], path + ".");
            } else {
                arguments[i] = types[i] == Secret.class ? secret(path) : single(path);
            }
        }
        if (problems.size() > problemsBefore) {
            return null;
        }
        return construct(type, types, arguments, prefix);
    }

    private @Nullable Object construct(Class<?> type, Class<?>[] types, @Nullable Object[] arguments, String prefix) {
        try {
            return type.getDeclaredConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof InvalidSetting invalid) {
                String path = prefix + invalid.key();
                problems.add(from(path) + path + " " + invalid.getMessage() + "; expected " + invalid.expected());
                return null;
            }
            throw new IllegalStateException("constructor of " + type, e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("constructor of " + type, e);
        }
    }

    private List<Object> list(Class<?> element, String path) {
        List<Object> elements = new ArrayList<>();
        for (int i = 0; hasBelow(path + "[" + i + "]"); i++) {
            Object value = section(element, path + "[" + i + "].");
            if (value != null) {
                elements.add(value);
            }
        }
        for (String other : values.keySet().stream().sorted().toList()) {
            if (other.startsWith(path + "[") && !hasBelow(path + "[0]")) {
                problems.add(from(other) + other + " has no element before it; expected indexes from 0");
                break;
            }
        }
        return elements;
    }

    /** Sections that users name, in the order in which they are given. */
    private Map<String, Object> named(Class<?> type, String path) {
        Map<String, Object> sections = new LinkedHashMap<>();
        for (String given : List.copyOf(values.keySet())) {
            if (given.startsWith(path + ".")) {
                String rest = given.substring(path.length() + 1);
                String name = rest.substring(0, rest.indexOf('.') < 0 ? rest.length() : rest.indexOf('.'));
                if (!name.isEmpty() && templates.put(path + "." + name, path + "." + SettingKey.NAME) == null) {
                    Object section = section(type, path + "." + name + ".");
                    if (section != null) {
                        sections.put(name, section);
                    }
                }
            }
        }
        return sections;
    }

    private Map<String, String> texts(String path) {
        Map<String, String> texts = new LinkedHashMap<>();
        values.forEach((given, raw) -> {
            if (given.startsWith(path + ".") && raw.text() != null) {
                texts.put(given.substring(path.length() + 1), raw.text());
            }
        });
        return texts;
    }

    private boolean hasBelow(String path) {
        return values.keySet().stream().anyMatch(given -> given.startsWith(path + "."));
    }

    private @Nullable Object single(String path) {
        SettingKey key = key(path);
        RawValue raw = SettingTypes.isList(key.type()) ? listed(path) : values.get(path);
        if (raw == null || raw.text() == null) {
            return byDefault(key, path);
        }
        try {
            return SettingTypes.parse(key.type(), key.setting(), raw.text());
        } catch (IllegalArgumentException e) {
            // A command may have a secret among its arguments.
            boolean hidden = key.isSecret() || key.type() == CommandLine.class;
            String got = hidden ? "has a value that does not fit" : "is \"" + quote(raw.text()) + "\"";
            problems.add(raw.origin() + ": " + path + " " + got + "; expected "
                    + SettingTypes.expected(key.type(), key.setting()));
            return null;
        }
    }

    /** A list of texts as the one text with commas that it could have been written as. */
    private @Nullable RawValue listed(String path) {
        RawValue whole = values.get(path);
        // Elements of a source that ranks higher take the place of all those of a lower one.
        RawValue best = null;
        for (Map.Entry<String, RawValue> each : values.entrySet()) {
            if (each.getKey().startsWith(path + "[")
                    && (best == null || each.getValue().rank() > best.rank())) {
                best = each.getValue();
            }
        }
        if (best == null || (whole != null && whole.rank() > best.rank())) {
            return whole;
        }
        StringJoiner joined = new StringJoiner(",");
        RawValue element = values.get(path + "[0]");
        if (element == null || element.rank() != best.rank()) {
            problems.add(best.origin() + ": " + path + " has no first element; expected indexes from 0");
            return null;
        }
        for (int i = 1; element != null && element.rank() == best.rank(); i++) {
            joined.add(String.valueOf(element.text()));
            element = values.get(path + "[" + i + "]");
        }
        return new RawValue(joined.toString(), best.origin(), best.rank());
    }

    private @Nullable Object byDefault(SettingKey key, String path) {
        String text = key.setting().byDefault();
        if (text.equals(Setting.NONE)) {
            return null;
        }
        if (text.equals(Setting.REQUIRED)) {
            String expected = SettingTypes.expected(key.type(), key.setting());
            problems.add(path + " is missing; expected " + expected + ", " + waysToGive(key, path));
            return null;
        }
        return SettingTypes.parse(key.type(), key.setting(), text);
    }

    private static String waysToGive(SettingKey key, String path) {
        return "in the file, as " + SettingKey.environmentName(path)
                + (key.flag().isEmpty() ? "" : " or as " + key.flag());
    }

    /** A secret is given in one of three ways; a source that ranks higher replaces the way of a lower one. */
    private @Nullable Secret secret(String path) {
        RawValue best = null;
        String bestPath = path;
        for (String candidatePath : List.of(path, path + "-file", path + "-env")) {
            RawValue candidate = values.get(candidatePath);
            if (candidate == null || candidate.text() == null) {
                continue;
            }
            if (best != null && best.rank() == candidate.rank()) {
                problems.add(candidate.origin() + ": " + candidatePath + " is given next to " + bestPath
                        + "; expected one of them");
                return null;
            }
            if (best == null || candidate.rank() > best.rank()) {
                best = candidate;
                bestPath = candidatePath;
            }
        }
        if (best == null || best.text() == null) {
            if (key(path).setting().byDefault().equals(Setting.REQUIRED) && !replaced(path)) {
                problems.add(path + " is missing; expected one of " + path + ", " + path + "-file or " + path + "-env, "
                        + waysToGive(key(path + "-file"), path + "-file") + "; an empty password is `" + path
                        + ": \"\"`");
            }
            return null;
        }
        return switch (key(bestPath).variant()) {
            case "-file" -> secretFromFile(best, best.text(), bestPath);
            case "-env" -> secretFromEnvironment(best, best.text(), bestPath);
            default -> Secret.of(best.text());
        };
    }

    /** Whether the key is given that makes this one no longer required. */
    private boolean replaced(String path) {
        String unless = key(path).setting().unless();
        return !unless.isEmpty() && values.containsKey(path.substring(0, path.lastIndexOf('.') + 1) + unless);
    }

    private @Nullable Secret secretFromFile(RawValue raw, String file, String path) {
        try {
            return Secret.ofFile(Path.of(file));
        } catch (NoSuchFileException e) {
            problems.add(raw.origin() + ": " + path + " is \"" + quote(file)
                    + "\", and there is no such file; expected a file that" + " holds the password alone");
        } catch (IOException e) {
            problems.add(raw.origin() + ": " + path + " is \"" + quote(file) + "\", which cannot be read ("
                    + e.getClass().getSimpleName() + "); expected a file that holds the password alone");
        }
        return null;
    }

    private @Nullable Secret secretFromEnvironment(RawValue raw, String variable, String path) {
        String text = environment.get(variable);
        if (text == null) {
            // What is no name may be the password itself.
            String got = VARIABLE.matcher(variable).matches()
                    ? "is \"" + quote(variable) + "\", and there is no such environment variable"
                    : "is not the name of an environment variable";
            problems.add(raw.origin() + ": " + path + " " + got + "; expected the name of one that holds the password");
            return null;
        }
        return Secret.of(text);
    }

    private SettingKey key(String path) {
        int dot = path.lastIndexOf('.');
        String section = dot < 0 ? null : templates.get(path.substring(0, dot));
        String template = section == null ? path : section + path.substring(dot);
        SettingKey key = keys.get(template.replaceAll("\\[\\d+\\]", "[]"));
        if (key == null) {
            throw new IllegalStateException("no key " + path);
        }
        return key;
    }

    /** Where the value stands, as the start of a message; empty for a default. */
    private String from(String path) {
        RawValue raw = values.get(path);
        return raw == null ? "" : raw.origin() + ": ";
    }

    private static String quote(String text) {
        return text.length() <= MAX_QUOTED ? text : text.substring(0, MAX_QUOTED) + "...";
    }
}
