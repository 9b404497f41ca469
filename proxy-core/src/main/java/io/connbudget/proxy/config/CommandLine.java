package io.connbudget.proxy.config;

import java.util.ArrayList;
import java.util.List;

/** A program and its arguments, cut at spaces; single and double quotes group, nothing else is special. */
public record CommandLine(List<String> words) {
    public CommandLine {
        words = List.copyOf(words);
    }

    /**
     * Reads {@code aws rds generate-db-auth-token --hostname 'db one'}.
     *
     * @throws IllegalArgumentException if there is no word, or a quote does not end
     */
    public static CommandLine parse(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                inWord = true;
                if (c == '\'' || c == '"') {
                    quote = c;
                } else {
                    word.append(c);
                }
            }
        }
        if (quote != 0) {
            throw new IllegalArgumentException("a quote does not end");
        }
        if (inWord) {
            words.add(word.toString());
        }
        if (words.isEmpty()) {
            throw new IllegalArgumentException("no program");
        }
        return new CommandLine(words);
    }

    /** The program alone: arguments may hold secrets. */
    @Override
    public String toString() {
        return words.get(0) + (words.size() > 1 ? " ..." : "");
    }
}
