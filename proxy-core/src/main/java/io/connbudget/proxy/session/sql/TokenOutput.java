package io.connbudget.proxy.session.sql;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gives tokens to the sink; keeps the text of one that began in an earlier part of the statement. One per {@link
 * Tokenizer}.
 */
final class TokenOutput {
    /** Longest text of one token that is kept when it is split between parts, in bytes. */
    static final int LONGEST_KEPT_TEXT = 64 * 1024;

    private static final byte[] NONE = new byte[0];

    private final TokenSink sink;
    private final Token token = new Token();
    private boolean dollarQuotes;
    /** The first part of a token that began in an earlier part of the text. */
    private byte[] kept = new byte[256];

    private int keptLength;
    private boolean cut;
    private boolean behindName;

    TokenOutput(TokenSink sink) {
        this.sink = sink;
    }

    /** Begins a statement. */
    void begin(SqlDialect dialect) {
        token.backslashes = !dialect.noBackslashEscapes();
        dollarQuotes = !dialect.mariaDb();
        beginText();
        behindName = false;
    }

    /** A token begins: nothing of it is kept. */
    void beginText() {
        keptLength = 0;
        cut = false;
    }

    /** Something came that a name does not reach over: a space, or a character that may begin a comment. */
    void interrupt() {
        behindName = false;
    }

    /** Whether the last token was a name, without anything behind it. */
    boolean behindName() {
        return behindName;
    }

    /** Keeps the text of the token that is under way at the end of a part. */
    void keep(byte[] bytes, int from, int to) {
        int length = Math.min(to - from, LONGEST_KEPT_TEXT - keptLength);
        cut |= length < to - from;
        if (keptLength + length > kept.length) {
            kept = Arrays.copyOf(kept, Math.max(kept.length * 2, keptLength + length));
        }
        System.arraycopy(bytes, from, kept, keptLength, length);
        keptLength += length;
    }

    /** An unquoted word, whose text ends with these bytes. */
    void word(byte[] bytes, int from, int to, int hash) {
        locate(bytes, from, to);
        Word known = Words.find(token.bytes, token.from, token.to, hash);
        if (token.bytes[token.from] == '$' && dollarQuotes) {
            // $$ opens a quoted text in MySQL; where it ends is not followed.
            for (int i = token.from + 1; i < token.to; i++) {
                if (token.bytes[i] == '$') {
                    sink.doubt();
                }
            }
        }
        send(known == null ? Code.WORD : known.code, known, 0);
    }

    /** A quoted text with its closing quote, whose text ends with these bytes. */
    void quoted(byte[] bytes, int from, int to, int code, byte quote) {
        locate(bytes, from, to);
        token.to--;
        Word known = code == Code.QUOTED_NAME ? Words.find(token.bytes, token.from, token.to) : null;
        send(code, known, quote);
    }

    /** Another token with a text, which ends with these bytes. */
    void text(int code, byte[] bytes, int from, int to) {
        locate(bytes, from, to);
        send(code, null, 0);
    }

    /** The same where all of the text is kept. */
    void text(int code) {
        text(code, NONE, 0, 0);
    }

    /** The same as {@link #word} where all of the text is kept. */
    void word(int hash) {
        word(NONE, 0, 0, hash);
    }

    /** The same as {@link #quoted} where all of the text is kept. */
    void quoted(int code, byte quote) {
        quoted(NONE, 0, 0, code, quote);
    }

    /** A symbol whose first byte is at this index of the part. */
    void symbol(int code, int at) {
        token.at = at;
        symbol(code);
    }

    void symbol(int code) {
        token.from = 0;
        token.to = 0;
        cut = false;
        send(code, null, 0);
    }

    private void locate(byte[] bytes, int from, int to) {
        if (keptLength == 0) {
            token.bytes = bytes;
            token.from = from;
            token.to = to;
            return;
        }
        keep(bytes, from, to);
        token.bytes = kept;
        token.from = 0;
        token.to = keptLength;
    }

    private void send(int code, @Nullable Word word, int quote) {
        token.code = code;
        token.word = word;
        token.quote = quote;
        token.cut = cut;
        behindName = token.isName();
        sink.token(token);
    }
}
