package io.connbudget.proxy.session.sql;

import static io.connbudget.proxy.session.sql.LexerState.AT;
import static io.connbudget.proxy.session.sql.LexerState.COLON;
import static io.connbudget.proxy.session.sql.LexerState.COMMENT;
import static io.connbudget.proxy.session.sql.LexerState.DASH;
import static io.connbudget.proxy.session.sql.LexerState.DASH_DASH;
import static io.connbudget.proxy.session.sql.LexerState.DIGITS;
import static io.connbudget.proxy.session.sql.LexerState.DIGITS_E;
import static io.connbudget.proxy.session.sql.LexerState.DIGITS_E_SIGN;
import static io.connbudget.proxy.session.sql.LexerState.DOT;
import static io.connbudget.proxy.session.sql.LexerState.EXPONENT;
import static io.connbudget.proxy.session.sql.LexerState.FRACTION;
import static io.connbudget.proxy.session.sql.LexerState.FRACTION_E;
import static io.connbudget.proxy.session.sql.LexerState.LINE_COMMENT;
import static io.connbudget.proxy.session.sql.LexerState.SLASH;
import static io.connbudget.proxy.session.sql.LexerState.STAR;
import static io.connbudget.proxy.session.sql.LexerState.START;
import static io.connbudget.proxy.session.sql.LexerState.STRING;
import static io.connbudget.proxy.session.sql.LexerState.VARIABLE;
import static io.connbudget.proxy.session.sql.LexerState.WORD;

import org.jspecify.annotations.Nullable;

/**
 * Splits a statement's bytes into tokens by the rules of the servers' lexers (MySQL and MariaDB, {@code sql/sql_lex.cc}), in a
 * push style: a token may be split anywhere between two calls of {@link #feed}.
 *
 * <p>Comments are dropped; a conditional comment that the server runs is read as text. What cannot be decided is told to the
 * sink as doubt.
 */
final class Tokenizer {
    private final TokenSink sink;
    private final Comments comments = new Comments();
    private final QuotedText quoted = new QuotedText();
    private final TokenOutput output;

    private SqlDialect dialect;
    private int state;
    private int wordHash;
    /** Null for encodings in which no byte of a character can be taken for another. */
    private @Nullable MultiByte multiByte;

    /** The text directly before the dot that has been read, without a space, was a name. */
    private boolean dotBehindName;
    /** Where the token's text begins in the current part. */
    private int begin;

    Tokenizer(TokenSink sink, SqlDialect dialect) {
        this.sink = sink;
        this.output = new TokenOutput(sink);
        this.dialect = dialect;
    }

    void begin(SqlDialect readAs) {
        dialect = readAs;
        multiByte = readAs.encoding() == Encoding.ASCII_SAFE ? null : new MultiByte(readAs.encoding());
        state = START;
        output.begin(readAs);
        comments.begin(readAs);
        quoted.begin(readAs, multiByte);
    }

    /** The next bytes of the text, from inclusive, to exclusive. The array is read during the call only. */
    void feed(byte[] bytes, int from, int to) {
        begin = from;
        int i = from;
        while (i < to) {
            i = switch (state) {
                case START -> start(bytes, i, to);
                case WORD -> word(bytes, i, to);
                case DIGITS, DIGITS_E, DIGITS_E_SIGN, FRACTION, FRACTION_E, EXPONENT -> number(bytes, i, to);
                case STRING -> string(bytes, i, to);
                case AT -> at(bytes, i);
                case VARIABLE -> variable(bytes, i, to);
                case LINE_COMMENT -> lineComment(bytes, i, to);
                case COMMENT -> comment(bytes, i, to);
                default -> afterSpecial(bytes, i);
            };
        }
        if (LexerState.hasText(state)) {
            output.keep(bytes, begin, to);
        }
    }

    /** Ends the text: finishes the token that is under way. */
    void end() {
        switch (state) {
            case WORD -> output.word(wordHash);
            case DIGITS, FRACTION, FRACTION_E, EXPONENT -> output.text(Code.NUMBER);
            case DIGITS_E -> output.text(Code.WORD);
            case DIGITS_E_SIGN -> {
                output.text(Code.WORD);
                output.symbol('+');
            }
            case STRING -> {
                if (quoted.mayEnd()) {
                    output.quoted(quoted.code(), quoted.quote());
                } else {
                    sink.doubt();
                }
            }
            case AT, VARIABLE -> output.text(Code.USER_VARIABLE);
            case DASH, SLASH, STAR, COLON, DOT -> output.symbol(LexerState.symbol(state));
            default -> {
                // START, DASH_DASH and LINE_COMMENT leave nothing behind.
            }
        }
        if (comments.isOpen(state == COMMENT)) {
            sink.doubt();
        }
        state = START;
    }

    private int start(byte[] bytes, int at, int to) {
        int i = at;
        while (i < to) {
            byte octet = bytes[i];
            switch (Characters.classOf(octet)) {
                case Characters.SPACE -> {
                    output.interrupt();
                    i++;
                }
                case Characters.IDENTIFIER -> {
                    beginText(WORD, i);
                    wordHash = 0;
                    return word(bytes, i, to);
                }
                case Characters.DIGIT -> {
                    beginText(DIGITS, i);
                    wordHash = 1;
                    return i;
                }
                case Characters.QUOTE -> {
                    beginQuoted(
                            octet,
                            octet == '`' || (octet == '"' && dialect.ansiQuotes()) ? Code.QUOTED_NAME : Code.STRING,
                            i + 1);
                    return i + 1;
                }
                case Characters.SPECIAL -> {
                    state = LexerState.behind(octet);
                    output.beginText();
                    output.interrupt();
                    begin = i + 1;
                    return i + 1;
                }
                default -> {
                    if (octet == '.') {
                        dotBehindName = output.behindName();
                        state = DOT;
                        return i + 1;
                    }
                    output.symbol(octet, i);
                    i++;
                }
            }
        }
        return i;
    }

    private int word(byte[] bytes, int at, int to) {
        int i = at;
        int hash = wordHash;
        MultiByte characters = multiByte;
        while (i < to) {
            byte octet = bytes[i];
            if (characters != null && characters.contains(octet)) {
                i++;
                hash = Words.hash(hash, octet);
                continue;
            }
            if (!Characters.inIdentifier(octet)) {
                break;
            }
            hash = Words.hash(hash, octet);
            i++;
        }
        wordHash = hash;
        if (i < to) {
            state = START;
            output.word(bytes, begin, i, wordHash);
        }
        return i;
    }

    private int number(byte[] bytes, int at, int to) {
        int i = at;
        byte octet = bytes[i];
        boolean digit = octet >= '0' && octet <= '9';
        boolean exponent = octet == 'e' || octet == 'E';
        switch (state) {
            case DIGITS -> {
                while (digit && ++i < to) {
                    octet = bytes[i];
                    digit = octet >= '0' && octet <= '9';
                }
                if (i == to) {
                    return i;
                }
                if (octet == '.') {
                    state = FRACTION;
                    return i + 1;
                }
                if (octet == 'e' || octet == 'E') {
                    state = DIGITS_E;
                    return i + 1;
                }
                if (Characters.inIdentifier(octet)) {
                    state = WORD;
                    return i;
                }
            }
            case DIGITS_E -> {
                if (digit) {
                    state = EXPONENT;
                    return i + 1;
                }
                if (octet == '+' || octet == '-') {
                    state = DIGITS_E_SIGN;
                    return i + 1;
                }
                state = WORD;
                return i;
            }
            case DIGITS_E_SIGN -> {
                if (digit) {
                    state = EXPONENT;
                    return i + 1;
                }
                // "1e+a" is the name "1e", a sign and more; the sign stays in the text, which nobody needs.
                state = START;
                output.text(Code.WORD, bytes, begin, i);
                output.symbol('+');
                return i;
            }
            case FRACTION -> {
                if (digit) {
                    return i + 1;
                }
                if (exponent) {
                    state = FRACTION_E;
                    return i + 1;
                }
            }
            case FRACTION_E -> {
                if (digit || octet == '+' || octet == '-') {
                    state = EXPONENT;
                    return i + 1;
                }
                output.text(Code.NUMBER, bytes, begin, i);
                // The e may begin a word: nothing valid, so only that no quote is missed matters.
                beginText(WORD, i);
                wordHash = 1;
                return i;
            }
            default -> {
                if (digit) {
                    return i + 1;
                }
            }
        }
        state = START;
        output.text(Code.NUMBER, bytes, begin, i);
        return i;
    }

    private void beginQuoted(byte quote, int code, int at) {
        beginText(STRING, at);
        quoted.open(quote, code);
    }

    private int string(byte[] bytes, int at, int to) {
        int next = quoted.feed(bytes, at, to);
        if (quoted.isClosed()) {
            state = START;
            output.quoted(bytes, begin, next, quoted.code(), quoted.quote());
        }
        return next;
    }

    private int at(byte[] bytes, int at) {
        byte octet = bytes[at];
        if (octet == '@') {
            state = START;
            output.symbol(Code.AT_AT, at - 1);
            return at + 1;
        }
        if (Characters.classOf(octet) == Characters.QUOTE) {
            beginQuoted(octet, Code.USER_VARIABLE, at + 1);
            return at + 1;
        }
        beginText(VARIABLE, at);
        return at;
    }

    private int variable(byte[] bytes, int at, int to) {
        int i = at;
        while (i < to && (Characters.inIdentifier(bytes[i]) || bytes[i] == '.')) {
            i++;
        }
        if (i < to) {
            state = START;
            output.text(Code.USER_VARIABLE, bytes, begin, i);
        }
        return i;
    }

    private int lineComment(byte[] bytes, int at, int to) {
        for (int i = at; i < to; i++) {
            if (bytes[i] == '\n') {
                state = START;
                return i + 1;
            }
        }
        return to;
    }

    private int comment(byte[] bytes, int at, int to) {
        int next = comments.feed(bytes, at, to);
        if (comments.leftText()) {
            state = START;
            sink.hint(comments.hint());
            if (comments.takeDoubt()) {
                sink.doubt();
            }
        }
        return next;
    }

    /** Decides what a character meant that needed the one behind it. */
    private int afterSpecial(byte[] bytes, int at) {
        byte octet = bytes[at];
        int was = state;
        state = START;
        switch (was) {
            case DASH -> {
                if (octet == '-') {
                    state = DASH_DASH;
                    return at + 1;
                }
                output.symbol('-');
            }
            case DASH_DASH -> {
                // Only white space or a control character makes it a comment: 1--1 is 2.
                if ((octet >= 0 && octet <= ' ') || octet == 127) {
                    state = LINE_COMMENT;
                } else {
                    output.symbol('-');
                    output.symbol('-');
                }
            }
            case SLASH -> {
                if (octet == '*') {
                    comments.open(sink.allowsHint());
                    state = COMMENT;
                    return at + 1;
                }
                output.symbol('/');
            }
            case STAR -> {
                if (octet == '/' && comments.closeRun()) {
                    return at + 1;
                }
                output.symbol('*');
            }
            case DOT -> {
                boolean digit = octet >= '0' && octet <= '9';
                if (digit && !dotBehindName) {
                    beginText(FRACTION, at);
                    return at;
                }
                output.symbol('.');
                if (digit) {
                    // t.1e5 is the column "1e5".
                    beginText(WORD, at);
                    wordHash = 1;
                }
            }
            default -> {
                if (octet == '=') {
                    output.symbol(Code.ASSIGN);
                    return at + 1;
                }
                output.symbol(':');
            }
        }
        return at;
    }

    private void beginText(int nextState, int at) {
        state = nextState;
        begin = at;
        output.beginText();
        if (multiByte != null) {
            multiByte.begin();
        }
    }
}
