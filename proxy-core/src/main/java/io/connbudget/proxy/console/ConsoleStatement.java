package io.connbudget.proxy.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The words of a console statement, without comments and the final semicolon. A quoted text is one word; punctuation is a word of one character.
 * MariaDB's and MySQL's executable comments count as comments.
 */
final class ConsoleStatement {
    /** A word; {@code quote} is 0 for one without quotes. */
    record Token(String text, char quote) {
        boolean is(String word) {
            return quote == 0 && text.equalsIgnoreCase(word);
        }
    }

    private final String sql;
    private final List<Token> tokens = new ArrayList<>();

    ConsoleStatement(String sql) {
        this.sql = sql;
        int i = 0;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (Character.isWhitespace(c)) {
                i++;
            } else if (sql.startsWith("/*", i)) {
                int end = sql.indexOf("*/", i + 2);
                i = end < 0 ? sql.length() : end + 2;
            } else if (c == '#' || sql.startsWith("-- ", i)) {
                int end = sql.indexOf('\n', i);
                i = end < 0 ? sql.length() : end + 1;
            } else if (c == '\'' || c == '"' || c == '`') {
                i = quoted(i, c);
            } else if (wordPart(c)) {
                int start = i;
                while (i < sql.length() && wordPart(sql.charAt(i))) {
                    i++;
                }
                tokens.add(new Token(sql.substring(start, i), (char) 0));
            } else {
                tokens.add(new Token(String.valueOf(c), (char) 0));
                i++;
            }
        }
        while (!tokens.isEmpty() && tokens.get(tokens.size() - 1).is(";")) {
            tokens.remove(tokens.size() - 1);
        }
    }

    private static boolean wordPart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '@' || c == '$';
    }

    private int quoted(int from, char quote) {
        StringBuilder text = new StringBuilder();
        int i = from + 1;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            boolean doubled = c == quote && i + 1 < sql.length() && sql.charAt(i + 1) == quote;
            if (c == quote && !doubled) {
                break;
            }
            // Only a quote is escaped here: LIKE reads the other backslashes.
            boolean escaped = c == '\\' && i + 1 < sql.length() && sql.charAt(i + 1) == quote;
            text.append(doubled || escaped ? quote : c);
            i += doubled || escaped ? 2 : 1;
        }
        tokens.add(new Token(text.toString(), quote));
        return i + 1;
    }

    int size() {
        return tokens.size();
    }

    /** Empty behind the end. */
    String word(int index) {
        return index < tokens.size() ? tokens.get(index).text() : "";
    }

    /** Whether the words at {@code from} are these, in any case and without quotes. */
    boolean at(int from, String... words) {
        for (int i = 0; i < words.length; i++) {
            if (from + i >= tokens.size() || !tokens.get(from + i).is(words[i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether the statement is exactly these words. */
    boolean is(String... words) {
        return tokens.size() == words.length && at(0, words);
    }

    /** Place of the first unquoted word like this; -1 if there is none. */
    int indexOf(String word) {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).is(word)) {
                return i;
            }
        }
        return -1;
    }

    List<Token> tokens() {
        return tokens;
    }

    /** The first word in upper case; null for an empty statement. */
    @Nullable String verb() {
        return tokens.isEmpty() ? null : tokens.get(0).text().toUpperCase(Locale.ROOT);
    }

    /** As it was sent. */
    String sql() {
        return sql;
    }
}
