package io.connbudget.proxy.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The beginning of a session's last statement, for an operator who asks what a client does. Kept as bytes, since that costs
 * a copy of at most {@value #KEPT_BYTES} bytes a statement; literals are taken out when it is read. Owned by the client's
 * event loop.
 */
public final class StatementDigest {
    private static final int KEPT_BYTES = 128;

    private final byte[] kept = new byte[KEPT_BYTES];
    private int length;
    private boolean cut;

    /** Keeps the beginning of a statement; changes neither index of the buffer. */
    public void keep(ByteBuf packet, int at, int bytes) {
        length = Math.min(bytes, KEPT_BYTES);
        cut = bytes > KEPT_BYTES;
        packet.getBytes(at, kept, 0, length);
    }

    /** Keeps the beginning of a prepared statement. */
    public void keep(byte[] sql) {
        length = Math.min(sql.length, KEPT_BYTES);
        cut = sql.length > KEPT_BYTES;
        System.arraycopy(sql, 0, kept, 0, length);
    }

    /** The statement with {@code ?} for numbers and quoted texts, comments and runs of blanks left out; empty before the first. */
    public String text() {
        String sql = new String(kept, 0, length, StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder(length);
        int i = 0;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (c == '\'' || c == '"') {
                i = behindQuote(sql, i);
                out.append('?');
            } else if (isDigit(c) && (i == 0 || !isWord(sql.charAt(i - 1)))) {
                while (i < sql.length() && (isWord(sql.charAt(i)) || sql.charAt(i) == '.')) {
                    i++;
                }
                out.append('?');
            } else if (sql.startsWith("/*", i)) {
                int end = sql.indexOf("*/", i + 2);
                i = end < 0 ? sql.length() : end + 2;
            } else if (c <= ' ') {
                i++;
                if (out.length() > 0 && out.charAt(out.length() - 1) != ' ') {
                    out.append(' ');
                }
            } else {
                out.append(c);
                i++;
            }
        }
        return out.append(cut ? "..." : "").toString().strip();
    }

    private static int behindQuote(String sql, int from) {
        char quote = sql.charAt(from);
        for (int i = from + 1; i < sql.length(); i++) {
            if (sql.charAt(i) == '\\') {
                i++;
            } else if (sql.charAt(i) == quote) {
                if (i + 1 < sql.length() && sql.charAt(i + 1) == quote) {
                    i++;
                } else {
                    return i + 1;
                }
            }
        }
        return sql.length();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }
}
