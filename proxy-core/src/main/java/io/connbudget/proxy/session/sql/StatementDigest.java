package io.connbudget.proxy.session.sql;

/**
 * A statement without what it is about: literals become {@code ?}, comments go, white space becomes one space, a list of literals becomes
 * {@code ?, ...}. For people, who may see no data in it; not for deciding anything.
 */
public final class StatementDigest {
    private StatementDigest() {}

    /** The digest of a text, which may be cut anywhere; at most {@code maxLength} characters. */
    public static String of(String sql, int maxLength) {
        StringBuilder out = new StringBuilder(Math.min(sql.length(), maxLength) + 8);
        int i = 0;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (c == '\'' || c == '"') {
                i = behindQuote(sql, i);
                literal(out);
            } else if (c == '`') {
                int end = sql.indexOf('`', i + 1);
                end = end < 0 ? sql.length() : end + 1;
                out.append(sql, i, end);
                i = end;
            } else if (sql.startsWith("/*", i)) {
                int end = sql.indexOf("*/", i + 2);
                i = end < 0 ? sql.length() : end + 2;
                space(out);
            } else if (c == '#' || sql.startsWith("-- ", i)) {
                int end = sql.indexOf('\n', i);
                i = end < 0 ? sql.length() : end + 1;
                space(out);
            } else if (Character.isWhitespace(c)) {
                space(out);
                i++;
            } else if (Character.isDigit(c) && !endsInWord(out)) {
                i++;
                while (i < sql.length() && (Character.isLetterOrDigit(sql.charAt(i)) || sql.charAt(i) == '.')) {
                    i++;
                }
                literal(out);
            } else {
                out.append(Character.isISOControl(c) ? '?' : c);
                i++;
            }
        }
        String digest = out.toString().strip();
        return digest.length() <= maxLength ? digest : digest.substring(0, maxLength) + "...";
    }

    private static int behindQuote(String sql, int from) {
        char quote = sql.charAt(from);
        int i = from + 1;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (c == '\\') {
                i += 2;
            } else if (c != quote) {
                i++;
            } else if (i + 1 < sql.length() && sql.charAt(i + 1) == quote) {
                i += 2;
            } else {
                return i + 1;
            }
        }
        return sql.length();
    }

    private static void literal(StringBuilder out) {
        int end = out.length();
        while (end > 0 && out.charAt(end - 1) == ' ') {
            end--;
        }
        if (end > 0 && out.charAt(end - 1) == ',') {
            String before = out.substring(0, end - 1).stripTrailing();
            if (before.endsWith("?")) {
                out.setLength(before.length());
                out.append(", ...");
                return;
            }
            if (before.endsWith("...")) {
                out.setLength(before.length());
                return;
            }
        }
        out.append('?');
    }

    private static void space(StringBuilder out) {
        if (out.length() > 0 && out.charAt(out.length() - 1) != ' ') {
            out.append(' ');
        }
    }

    private static boolean endsInWord(StringBuilder out) {
        if (out.length() == 0) {
            return false;
        }
        char last = out.charAt(out.length() - 1);
        return Character.isLetterOrDigit(last) || last == '_' || last == '$' || last == '@';
    }
}
