package io.connbudget.proxy.session.sql;

import io.netty.buffer.ByteBuf;

/**
 * A statement without what it says of data: each literal is a question mark, comments are gone, white space is one space.
 * For people who ask which statement it was; not for telling statements apart.
 */
public final class StatementDigest {
    /** The most characters of a digest. */
    static final int LONGEST = 160;

    private static final String CUT = "...";

    private StatementDigest() {}

    /**
     * The digest of a text.
     *
     * @param index where the text begins in the buffer, which is only read
     * @param backslashEscapes false under the SQL mode NO_BACKSLASH_ESCAPES
     */
    public static String of(ByteBuf buffer, int index, int length, boolean backslashEscapes) {
        StringBuilder out = new StringBuilder(64);
        int end = index + length;
        int i = index;
        while (i < end) {
            if (out.length() >= LONGEST) {
                return out.append(CUT).toString();
            }
            int c = buffer.getUnsignedByte(i);
            int next = i + 1 < end ? buffer.getUnsignedByte(i + 1) : -1;
            if (c == '\'' || c == '"') {
                i = quoteEnd(buffer, i, end, c, backslashEscapes);
                out.append('?');
            } else if (c == '`') {
                int to = quoteEnd(buffer, i, end, c, false);
                appendName(out, buffer, i, to);
                i = to;
            } else if (c == '#' || (c == '-' && next == '-')) {
                i = lineEnd(buffer, i, end);
                space(out);
            } else if (c == '/' && next == '*') {
                i = commentEnd(buffer, i + 2, end);
                space(out);
            } else if (c <= ' ') {
                space(out);
                i++;
            } else if (isDigit(c)) {
                i = wordEnd(buffer, i, end, true);
                out.append('?');
            } else if (isWord(c)) {
                int to = wordEnd(buffer, i, end, false);
                appendName(out, buffer, i, to);
                i = to;
            } else {
                out.append((char) c);
                i++;
            }
        }
        return out.toString().strip();
    }

    private static void space(StringBuilder out) {
        if (!out.isEmpty() && out.charAt(out.length() - 1) != ' ') {
            out.append(' ');
        }
    }

    private static void appendName(StringBuilder out, ByteBuf buffer, int from, int to) {
        for (int i = from; i < to && out.length() < LONGEST; i++) {
            int c = buffer.getUnsignedByte(i);
            out.append(c < ' ' || c > '~' ? '_' : (char) c);
        }
    }

    /** The index behind a quoted part; the end of the text where the quote stays open. */
    private static int quoteEnd(ByteBuf buffer, int from, int end, int quote, boolean backslashEscapes) {
        int i = from + 1;
        while (i < end) {
            int c = buffer.getUnsignedByte(i++);
            if (c == '\\' && backslashEscapes) {
                i++;
            } else if (c == quote) {
                if (i >= end || buffer.getUnsignedByte(i) != quote) {
                    return i;
                }
                i++;
            }
        }
        return end;
    }

    private static int lineEnd(ByteBuf buffer, int from, int end) {
        int i = from;
        while (i < end && buffer.getUnsignedByte(i) != '\n') {
            i++;
        }
        return i;
    }

    private static int commentEnd(ByteBuf buffer, int from, int end) {
        for (int i = from; i + 1 < end; i++) {
            if (buffer.getUnsignedByte(i) == '*' && buffer.getUnsignedByte(i + 1) == '/') {
                return i + 2;
            }
        }
        return end;
    }

    private static int wordEnd(ByteBuf buffer, int from, int end, boolean number) {
        int i = from;
        while (i < end) {
            int c = buffer.getUnsignedByte(i);
            boolean sign = number
                    && (c == '+' || c == '-')
                    && (buffer.getUnsignedByte(i - 1) | 0x20) == 'e'
                    && i + 1 < end
                    && isDigit(buffer.getUnsignedByte(i + 1));
            if (!isWord(c) && !(number && c == '.') && !sign) {
                break;
            }
            i++;
        }
        return i;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWord(int c) {
        return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c >= 0x80;
    }
}
