package io.connbudget.proxy.config;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A key of the configuration.
 *
 * @param path with {@code []} where a list's index belongs, and {@link #NAME} or {@link #ATTRIBUTE} where a name does:
 *     {@code accounts[].name}, {@code budget.classes.<name>.max}
 * @param type of its component
 * @param setting what the record says of it
 * @param variant {@code ""}, or {@code -file} or {@code -env} for the other ways to give a secret
 */
record SettingKey(String path, Class<?> type, Setting setting, String variant) {
    static final String ENVIRONMENT_PREFIX = "CONNBUDGET_";

    /** Stands for the name of a section that users name. */
    static final String NAME = "<name>";

    /** Stands for the name of a connection attribute. */
    static final String ATTRIBUTE = "<attribute>";

    private static final Pattern PLACE = Pattern.compile("\\[\\]|<name>|<attribute>");

    /** With {@code 0} for the index of a list, and {@code NAME} or {@code ATTRIBUTE} for a name. */
    String environmentName() {
        return environmentName(path.replace("[]", "[0]").replaceAll("[<>]", ""));
    }

    static String environmentName(String path) {
        return ENVIRONMENT_PREFIX
                + path.replace("[", "_")
                        .replace("]", "")
                        .replace('.', '_')
                        .replace('-', '_')
                        .toUpperCase(Locale.ROOT);
    }

    /** Matches a path with any index and name. */
    Pattern pathPattern() {
        Pattern whole = pathPattern(path);
        return SettingTypes.isList(type) ? Pattern.compile(whole.pattern() + "(\\[\\d{1,4}\\])?") : whole;
    }

    /** Matches a path, or the path of a section, with any index and name. */
    static Pattern pathPattern(String template) {
        return Pattern.compile("\\Q"
                + template.replace("[]", "\\E\\[(\\d{1,4})\\]\\Q")
                        .replace(NAME, "\\E[A-Za-z0-9_-]{1,64}\\Q")
                        .replace(ATTRIBUTE, "\\E.+\\Q")
                + "\\E");
    }

    /**
     * Matches the name of its environment variable; each index and name is a group, in their order. A list of texts may have a
     * variable for each element, whose index is the last group.
     */
    Pattern environmentPattern() {
        String elements = SettingTypes.isList(type) ? "(?:_(\\d{1,4}))?" : "";
        return Pattern.compile(
                environmentName(path.replace("[]", "[@]").replace(NAME, "!").replace(ATTRIBUTE, "!"))
                                .replace("@", "(\\d{1,4})")
                                .replace("!", "([A-Z0-9_]{1,64})")
                        + elements);
    }

    /** The path with indexes and names put in, in their order. */
    String pathWith(List<String> parts) {
        Matcher matcher = PLACE.matcher(path);
        StringBuilder filled = new StringBuilder();
        for (String part : parts) {
            if (matcher.find()) {
                String text = matcher.group().equals("[]") ? "[" + Integer.parseInt(part) + "]" : part;
                matcher.appendReplacement(filled, Matcher.quoteReplacement(text));
            }
        }
        String whole = matcher.appendTail(filled).toString();
        int places = PLACE.matcher(path).results().mapToInt(place -> 1).sum();
        return parts.size() > places ? whole + "[" + Integer.parseInt(parts.get(places)) + "]" : whole;
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
