package io.connbudget.proxy.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * Finds the end of a quoted text: a string, a quoted name or a quoted user variable. A quote inside it is doubled, or has a
 * backslash before it where the SQL mode and the kind of text allow that.
 */
final class QuotedText {
    private boolean noBackslashEscapes;
    private boolean ansiQuotes;
    /** Null for encodings in which no byte of a character can be taken for another. */
    private @Nullable MultiByte multiByte;

    private byte quote;
    private int code;
    private boolean backslashEscapes;
    private boolean behindBackslash;
    /** The last byte was a quote: the end, unless another follows. */
    private boolean behindQuote;

    private boolean closed;

    /** Begins a statement. */
    void begin(SqlDialect readAs, @Nullable MultiByte characters) {
        noBackslashEscapes = readAs.noBackslashEscapes();
        ansiQuotes = readAs.ansiQuotes();
        multiByte = characters;
    }

    /** Begins a text behind its opening quote. */
    void open(byte openedBy, int textCode) {
        quote = openedBy;
        code = textCode;
        backslashEscapes =
                !noBackslashEscapes && (code == Code.STRING || (code == Code.USER_VARIABLE && isStringQuote()));
        behindBackslash = false;
        behindQuote = false;
        closed = false;
    }

    /** {@code @'a\'b'} is a string to the lexer, {@code @`a`} is a name. */
    private boolean isStringQuote() {
        return quote == '\'' || (quote == '"' && !ansiQuotes);
    }

    /** Reads on; returns the index of the first byte behind the closing quote where {@link #isClosed}, else {@code to}. */
    int feed(byte[] bytes, int at, int to) {
        MultiByte characters = multiByte;
        for (int i = at; i < to; i++) {
            byte octet = bytes[i];
            if (behindQuote) {
                if (octet != quote) {
                    closed = true;
                    return i;
                }
                behindQuote = false;
            } else if (behindBackslash) {
                behindBackslash = false;
            } else if (characters == null || !characters.contains(octet)) {
                behindQuote = octet == quote;
                behindBackslash = octet == '\\' && backslashEscapes;
            }
        }
        return to;
    }

    /** Whether the end was found. */
    boolean isClosed() {
        return closed;
    }

    /** Whether the text ends here if nothing follows. */
    boolean mayEnd() {
        return behindQuote;
    }

    /** What the text is: {@link Code#STRING}, {@link Code#QUOTED_NAME} or {@link Code#USER_VARIABLE}. */
    int code() {
        return code;
    }

    byte quote() {
        return quote;
    }
}
