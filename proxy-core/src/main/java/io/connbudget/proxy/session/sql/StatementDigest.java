package io.connbudget.proxy.session.sql;

/**
 * A statement without what it is about: literals become {@code ?}, comments go, white space becomes one space, a list of literals becomes
 * {@code ?, ...}. For people, who may see no data in it; not for deciding anything.
 */
public final class StatementDigest {
    private StatementDigest() {}

    /**
     * The digest of a text, which may be cut anywhere; at most {@code maxLength} characters. It ends where the session's
     * settings decide what is a literal, since a literal may hold a password.
     */
    public static String of(String sql, int maxLength) {
        StringBuilder out = new StringBuilder(Math.min(sql.length(), maxLength) + 8);
        int i = 0;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (c == '\'' || c == '"' || c == '`') {
                int end = behindQuote(sql, i);
                if (c == '`' && end > 0) {
                    out.append(sql, i, end);
                } else {
                    literal(out);
                }
                if (end < 0) {
                    break;
                }
                i = end;
            } else if (sql.startsWith("/*", i)) {
                int end = behindComment(sql, i);
                space(out);
                if (end < 0) {
                    literal(out);
                    break;
                }
                i = end;
            } else if (c == '#' || dashes(sql, i)) {
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

    /** Two dashes begin a comment in front of white space or a control character, or at the end. */
    private static boolean dashes(String sql, int at) {
        return sql.startsWith("--", at) && (at + 2 == sql.length() || sql.charAt(at + 2) <= ' ');
    }

    /** Behind the quote that ends the text; -1 where that depends on NO_BACKSLASH_ESCAPES. */
    private static int behindQuote(String sql, int from) {
        char quote = sql.charAt(from);
        int i = from + 1;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (c == '\\' && quote != '`') {
                if (i + 1 < sql.length() && sql.charAt(i + 1) == quote) {
                    return -1;
                }
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

    /** Behind the comment's end; -1 where it is run, by some servers, and a text within it may look like its end. */
    private static int behindComment(String sql, int from) {
        int end = sql.indexOf("*/", from + 2);
        String body = sql.substring(from + 2, end < 0 ? sql.length() : end);
        boolean run = body.startsWith("!") || body.startsWith("M!");
        if (run && (body.indexOf('\'') >= 0 || body.indexOf('"') >= 0 || body.indexOf('`') >= 0)) {
            return -1;
        }
        return end < 0 ? sql.length() : end + 2;
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
