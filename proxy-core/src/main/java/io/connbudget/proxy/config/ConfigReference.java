package io.connbudget.proxy.config;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Renders {@code docs/configuration.md} from the records, so that the page cannot say anything else than the program does. */
public final class ConfigReference {
    private static final String HEAD = """
            # Configuration reference

            Made from the configuration's own records by `io.connbudget.proxy.config.ConfigReference`; a test holds this page to them.

            A value comes from, in rising order: its default, the YAML file (`--config`), the environment, a flag of `serve`. Each key has an
            environment variable: the path in capitals with `_` for `.` and `-`, behind `CONNBUDGET_`; an element of a list has its index in it
            (`CONNBUDGET_ACCOUNTS_0_NAME`; a list of texts is one text with commas, or `CONNBUDGET_BACKEND_FAILOVER_0` and so on), and a class its name (`CONNBUDGET_BUDGET_CLASSES_WEB_MAX`). An empty variable counts as absent. A key that does not exist, and a value that does not fit, end the start
            with exit code 2 and a message that names the place, the key and what was expected.

            Durations are written `500ms`, `5s`, `2m`, `1h`; sizes `512KiB`, `64MiB`, `1GiB`; addresses `host:port`, IPv6 as `[::1]:3307`. Relative
            paths start at the working directory. A password is given in one of three ways: as it is, as a file that holds it (one newline at the end
            is not part of it), or as the name of an environment variable that holds it.

            ```yaml
            listen: 127.0.0.1:3307
            http: 127.0.0.1:9104
            backend:
              address: 127.0.0.1:3306
              user: app
              password-file: secret.txt
            budget:
              max-connections: 16
              classes:
                web: {guaranteed: 4, weight: 3}
                batch: {max: 12, queue-timeout: 5m}
              rules:                      # the first one that matches; every part that is given must match
                - {class: web, user: web, source: 10.2.0.0/16}
                - {class: batch, attributes: {program_name: celery*}}
            ```
            """;

    private ConfigReference() {}

    /** Writes the page to standard output. */
    public static void main(String[] arguments) {
        new PrintStream(System.out, false, StandardCharsets.UTF_8)
                .append(markdown())
                .flush();
    }

    /** The whole page. */
    public static String markdown() {
        StringBuilder page = new StringBuilder(HEAD);
        Map<String, List<SettingKey>> sections = new LinkedHashMap<>();
        for (SettingKey key : SettingKeys.all()) {
            int dot = key.path().lastIndexOf('.');
            String section = dot < 0 ? "Top level" : "`" + key.path().substring(0, dot) + "`";
            sections.computeIfAbsent(section, name -> new ArrayList<>()).add(key);
        }
        sections.forEach((section, keys) -> {
            page.append("\n## ").append(section).append("\n\n");
            page.append("| key | meaning | value | default | environment | flag |\n|---|---|---|---|---|---|\n");
            keys.forEach(key -> row(page, key));
        });
        return page.toString();
    }

    /** Meaning and default, as a command's help shows them. */
    static String oneLine(SettingKey key) {
        return meaning(key).replace("`", "") + " Default: " + byDefault(key).replace("`", "") + ".";
    }

    private static void row(StringBuilder page, SettingKey key) {
        List<String> cells = List.of(
                "`" + key.path() + "`",
                meaning(key),
                value(key),
                byDefault(key),
                "`" + key.environmentName() + "`",
                key.flag().isEmpty() ? "" : "`" + key.flag() + "`");
        page.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String meaning(SettingKey key) {
        String plain =
                key.path().substring(0, key.path().length() - key.variant().length());
        return switch (key.variant()) {
            case "-file" -> "Instead of `" + plain + "`: a file that holds it.";
            case "-env" -> "Instead of `" + plain + "`: an environment variable that holds it.";
            default -> key.setting().value();
        };
    }

    private static String value(SettingKey key) {
        if (key.variant().equals("-file")) {
            return "path";
        }
        if (key.variant().equals("-env")) {
            return "name";
        }
        String word = key.setting().word().isEmpty() ? "" : "`" + key.setting().word() + "` or ";
        Class<?> type = key.type();
        if (type.isEnum()) {
            return "`" + SettingTypes.words(type).replace(", ", "`, `") + "`";
        }
        if (type == int.class || type == Integer.class) {
            return word + "number, at least " + key.setting().min();
        }
        return word
                + switch (type.getSimpleName()) {
                    case "HostPort" -> "address";
                    case "ByteSize" -> "size";
                    case "CidrBlock" -> "addresses";
                    case "Reserve" -> "number or percent";
                    case "Share" -> "part";
                    case "String", "Secret", "StoredSecret" -> "text";
                    case "CidrList", "HostList" -> "addresses";
                    case "NameList" -> "names";
                    case "CommandLine" -> "command";
                    default -> type.getSimpleName().toLowerCase(Locale.ROOT);
                };
    }

    private static String byDefault(SettingKey key) {
        String text = key.setting().byDefault();
        if (key.path().endsWith(SettingKey.ATTRIBUTE)) {
            return "none";
        }
        if (text.equals(Setting.REQUIRED)) {
            return key.type() == Secret.class ? "one is required" : "required";
        }
        return text.equals(Setting.NONE) ? "none" : "`" + text + "`";
    }
}
