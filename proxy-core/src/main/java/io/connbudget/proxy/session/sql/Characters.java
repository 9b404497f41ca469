package io.connbudget.proxy.session.sql;

/** Classes of bytes as the servers' lexer sees them. */
final class Characters {
    static final byte OTHER = 0;
    static final byte SPACE = 1;
    static final byte IDENTIFIER = 2;
    static final byte DIGIT = 3;
    static final byte QUOTE = 4;
    /** Begins more than one kind of token: {@code - / * : @}. */
    static final byte SPECIAL = 5;

    private static final byte[] CLASS = new byte[256];
    private static final byte[] UPPER = new byte[256];

    static {
        for (int c = 0; c < 256; c++) {
            UPPER[c] = (byte) (c >= 'a' && c <= 'z' ? c - 32 : c);
            if (c >= 0x80 || c == '_' || c == '$' || (UPPER[c] >= 'A' && UPPER[c] <= 'Z')) {
                CLASS[c] = IDENTIFIER;
            } else if (c >= '0' && c <= '9') {
                CLASS[c] = DIGIT;
            } else if (c == ' ' || (c >= 9 && c <= 13)) {
                CLASS[c] = SPACE;
            } else if (c == '\'' || c == '"' || c == '`') {
                CLASS[c] = QUOTE;
            } else if (c == '-' || c == '/' || c == '*' || c == ':' || c == '@' || c == '#') {
                CLASS[c] = SPECIAL;
            }
        }
    }

    private Characters() {}

    static byte classOf(byte octet) {
        return CLASS[octet & 0xff];
    }

    static byte upper(byte octet) {
        return UPPER[octet & 0xff];
    }

    static boolean inIdentifier(byte octet) {
        byte kind = CLASS[octet & 0xff];
        return kind == IDENTIFIER || kind == DIGIT;
    }
}
