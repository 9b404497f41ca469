package io.connbudget.proxy.session.sql;

/** SQL's LIKE on ASCII names, letters equal in both cases. */
final class LikePattern {
    private LikePattern() {}

    static boolean matches(String pattern, String name) {
        int p = 0;
        int n = 0;
        int retryPattern = -1;
        int retryName = 0;
        while (n < name.length()) {
            char expected = p < pattern.length() ? pattern.charAt(p) : 0;
            boolean escaped = expected == '\\' && p + 1 < pattern.length();
            if (escaped) {
                expected = pattern.charAt(p + 1);
            }
            if (!escaped && expected == '%') {
                retryPattern = ++p;
                retryName = n;
            } else if (p < pattern.length() && ((!escaped && expected == '_') || same(expected, name.charAt(n)))) {
                p += escaped ? 2 : 1;
                n++;
            } else if (retryPattern >= 0) {
                p = retryPattern;
                n = ++retryName;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '%') {
            p++;
        }
        return p == pattern.length();
    }

    private static boolean same(char one, char other) {
        return Character.toLowerCase(one) == Character.toLowerCase(other);
    }
}
