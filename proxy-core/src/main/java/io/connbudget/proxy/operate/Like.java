package io.connbudget.proxy.operate;

import java.util.Locale;
import java.util.regex.Pattern;

/** A pattern of SQL's LIKE: {@code %} any characters, {@code _} one, a backslash before either itself; case does not matter. */
public final class Like {
    private final Pattern pattern;

    public Like(String like) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < like.length(); i++) {
            char c = like.charAt(i);
            if (c == '%') {
                regex.append(".*");
            } else if (c == '_') {
                regex.append('.');
            } else {
                if (c == '\\' && i + 1 < like.length()) {
                    i++;
                }
                regex.append(Pattern.quote(String.valueOf(like.charAt(i)).toLowerCase(Locale.ROOT)));
            }
        }
        pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    public boolean matches(String text) {
        return pattern.matcher(text.toLowerCase(Locale.ROOT)).matches();
    }
}
