package io.connbudget.budget;

/**
 * A pattern in which {@code *} stands for any run of characters (also none) and {@code ?} for exactly one. Everything
 * else, upper and lower case included, stands for itself. Matching takes time proportional to pattern length times text
 * length at worst; there is no regular expression that a client could make explode.
 */
public record Glob(String pattern) {

    public boolean matches(String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int retry = 0;
        while (t < text.length()) {
            // The star is looked at first: a client may well send a star as text.
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                retry = t;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++retry;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
