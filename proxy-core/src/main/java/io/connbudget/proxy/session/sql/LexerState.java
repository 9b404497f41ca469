package io.connbudget.proxy.session.sql;

/** Where a {@link Tokenizer} is between two bytes. Numbers instead of an enum: it is looked up for each token. */
final class LexerState {
    static final int START = 0;
    static final int WORD = 1;
    static final int DIGITS = 2;
    static final int DIGITS_E = 3;
    static final int DIGITS_E_SIGN = 4;
    static final int FRACTION = 5;
    static final int FRACTION_E = 6;
    static final int EXPONENT = 7;
    static final int STRING = 8;
    static final int AT = 9;
    static final int VARIABLE = 10;
    static final int DASH = 11;
    static final int DASH_DASH = 12;
    static final int LINE_COMMENT = 13;
    static final int SLASH = 14;
    static final int STAR = 15;
    static final int COLON = 16;
    static final int COMMENT = 17;
    static final int DOT = 18;

    /** Whether the bytes read in this state are the text of a token. */
    static boolean hasText(int state) {
        return (state >= WORD && state <= STRING) || state == VARIABLE;
    }

    /** Where a character leads whose meaning the one behind it decides. */
    static int behind(byte octet) {
        return switch (octet) {
            case '-' -> DASH;
            case '/' -> SLASH;
            case '*' -> STAR;
            case ':' -> COLON;
            case '@' -> AT;
            default -> LINE_COMMENT;
        };
    }

    /** The character that led to this state, where nothing follows it. */
    static int symbol(int state) {
        return switch (state) {
            case DASH -> '-';
            case SLASH -> '/';
            case STAR -> '*';
            case COLON -> ':';
            default -> '.';
        };
    }

    private LexerState() {}
}
