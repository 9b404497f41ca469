package io.connbudget.proxy.config;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A key of the configuration.
 *
 * @param path with {@code []} where a list's index belongs: {@code accounts[].name}
 * @param type of its component
 * @param setting what the record says of it
 * @param variant {@code ""}, or {@code -file} or {@code -env} for the other ways to give a secret
 */
record SettingKey(String path, Class<?> type, Setting setting, String variant) {
    static final String ENVIRONMENT_PREFIX = "CONNBUDGET_";

    /** With {@code 0} for the index of a list. */
    String environmentName() {
        return environmentName(path.replace("[]", "[0]"));
    }

    static String environmentName(String path) {
        return ENVIRONMENT_PREFIX
                + path.replace("[", "_")
                        .replace("]", "")
                        .replace('.', '_')
                        .replace('-', '_')
                        .toUpperCase(Locale.ROOT);
    }

    /** Matches a path with any index. */
    Pattern pathPattern() {
        String listed = SettingTypes.isList(type) ? "(\\[\\d{1,4}\\])?" : "";
        return Pattern.compile("\\Q" + path.replace("[]", "\\E\\[(\\d{1,4})\\]\\Q") + "\\E" + listed);
    }

    /** Matches the name of its environment variable with any index, one group each. */
    Pattern environmentPattern() {
        return Pattern.compile(environmentName(path.replace("[]", "[@]")).replace("@", "(\\d{1,4})"));
    }

    boolean isSecret() {
        return type == Secret.class || type == StoredSecret.class;
    }

    /** The option of {@code serve}, empty if there is none. A password itself has none: command lines are public. */
    String flag() {
        String flag = setting.flag();
        if (flag.isEmpty() || (type == Secret.class && variant.isEmpty())) {
            return "";
        }
        return flag + variant;
    }
}
