package io.connbudget.proxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Finds what a file says that no key is for. */
final class UnknownKeys {
    private final List<SettingKey> keys;

    UnknownKeys(List<SettingKey> keys) {
        this.keys = keys;
    }

    /** Adds a problem for each value that stands under no key. */
    void refuse(Map<String, RawValue> values, List<String> problems) {
        List<Pattern> known = keys.stream().map(SettingKey::pathPattern).toList();
        List<Pattern> sections = sections();
        new TreeMap<>(values).forEach((path, value) -> {
            if (known.stream().anyMatch(pattern -> pattern.matcher(path).matches())) {
                return;
            }
            if (sections.stream().anyMatch(section -> section.matcher(path).matches())) {
                if (value.text() != null) {
                    problems.add(value.origin() + ": " + path + " is a section; expected keys below it");
                }
                return;
            }
            String hint = NearMiss.of(
                            template(path), keys.stream().map(SettingKey::path).toList())
                    .map(near -> "; did you mean `" + near + "`?")
                    .orElse("; docs/configuration.md lists the keys");
            problems.add(value.origin() + ": there is no key `" + path + "`" + hint);
        });
    }

    /** The path with what users choose taken out, as far as it is like a key's. */
    private String template(String path) {
        String template = path.replaceAll("\\[\\d+\\]", "[]");
        for (SettingKey key : keys) {
            int at = key.path().indexOf(SettingKey.NAME);
            if (at > 0 && template.startsWith(key.path().substring(0, at))) {
                int end = template.indexOf('.', at);
                return key.path().substring(0, at) + SettingKey.NAME + (end < 0 ? "" : template.substring(end));
            }
        }
        return template;
    }

    /** Paths above keys: {@code backend}, {@code backend.tls}, {@code accounts}, {@code accounts[]}. */
    private List<Pattern> sections() {
        List<String> sections = new ArrayList<>();
        for (SettingKey key : keys) {
            for (int dot = key.path().indexOf('.'); dot >= 0; dot = key.path().indexOf('.', dot + 1)) {
                String section = key.path().substring(0, dot);
                sections.add(section);
                sections.add(section.replaceAll("\\[\\]$", ""));
            }
        }
        return sections.stream().distinct().map(SettingKey::pathPattern).toList();
    }
}
