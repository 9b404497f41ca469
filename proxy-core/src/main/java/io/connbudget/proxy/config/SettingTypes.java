package io.connbudget.proxy.config;

import io.connbudget.budget.CidrBlock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How the types of settings are written. */
final class SettingTypes {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h)");

    private SettingTypes() {}

    /**
     * The value that {@code text} stands for; null for a word that means absence.
     *
     * @throws IllegalArgumentException if it is not of that type; the message is not for users, {@link #expected} is
     */
    static @Nullable Object parse(Class<?> type, Setting setting, String text) {
        if (!setting.word().isEmpty() && setting.word().equals(text)) {
            return type == int.class ? setting.wordMeans() : null;
        }
        if (type == int.class || type == Integer.class) {
            int value = Integer.parseInt(text);
            if (value < setting.min()) {
                throw new IllegalArgumentException("below the least value");
            }
            return value;
        }
        if (type == Duration.class) {
            return duration(text);
        }
        if (type == HostPort.class) {
            return HostPort.parse(text);
        }
        if (type == ByteSize.class) {
            return ByteSize.parse(text);
        }
        if (type == Path.class) {
            return Path.of(text);
        }
        if (type == Secret.class) {
            return Secret.of(text);
        }
        if (type == StoredSecret.class) {
            return StoredSecret.parse(text);
        }
        if (type == CidrList.class) {
            return CidrList.parse(text);
        }
        if (type == NameList.class) {
            return NameList.parse(text);
        }
        if (type == HostList.class) {
            return HostList.parse(text);
        }
        if (type == CommandLine.class) {
            return CommandLine.parse(text);
        }
        if (type == CidrBlock.class) {
            return CidrBlock.parse(text);
        }
        if (type == Reserve.class) {
            return Reserve.parse(text);
        }
        if (type == Share.class) {
            return Share.parse(text);
        }
        if (type.isEnum()) {
            return constant(type, text);
        }
        if (type == String.class) {
            return text;
        }
        throw new IllegalStateException("no way to write a " + type);
    }

    /** Whether YAML may write values of this type as a list of texts. */
    static boolean isList(Class<?> type) {
        return type == CidrList.class || type == NameList.class || type == HostList.class;
    }

    /** What a value of this type looks like, as the end of "expected ...". */
    static String expected(Class<?> type, Setting setting) {
        String word = setting.word().isEmpty() ? "" : "`" + setting.word() + "` or ";
        if (type == int.class || type == Integer.class) {
            return word + "a whole number of at least " + setting.min();
        }
        if (type == Duration.class) {
            return word + "a duration such as 500ms, 5s, 2m or 1h";
        }
        if (type == HostPort.class) {
            return word + "host:port, for example 127.0.0.1:3306";
        }
        if (type == ByteSize.class) {
            return word + "a size such as 512KiB, 64MiB or 1GiB";
        }
        if (type == Path.class) {
            return word + "the path of a file";
        }
        if (type == StoredSecret.class) {
            return "$A$005$ and 63 characters, or * and 40 hex digits";
        }
        if (type == CidrList.class) {
            return "blocks of addresses such as 10.0.0.0/8, ::1";
        }
        if (type == NameList.class) {
            return "names, with * and ? for any characters and one";
        }
        if (type == HostList.class) {
            return "addresses such as db2:3306, db3:3306";
        }
        if (type == CommandLine.class) {
            return "a program with its arguments";
        }
        if (type == CidrBlock.class) {
            return "a block of addresses such as 10.2.0.0/16 or 2001:db8::/32";
        }
        if (type == Reserve.class) {
            return "a whole number of at least 0, or 0% to 99%";
        }
        if (type == Share.class) {
            return "a part such as 1/20";
        }
        if (type.isEnum()) {
            return "one of " + words(type);
        }
        return "text";
    }

    static String words(Class<?> enumType) {
        return Arrays.stream(enumType.getEnumConstants())
                .map(constant -> word((Enum<?>) constant))
                .collect(Collectors.joining(", "));
    }

    /** The longest unit that needs no fraction. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0 || millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds % 3600 == 0) {
            return seconds / 3600 + "h";
        }
        return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }

    private static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no unit");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }

    private static Object constant(Class<?> type, String text) {
        for (Object constant : type.getEnumConstants()) {
            if (word((Enum<?>) constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("no such word");
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
