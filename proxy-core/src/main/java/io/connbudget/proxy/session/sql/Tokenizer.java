package io.connbudget.proxy.session.sql;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits a statement's bytes into tokens by the rules of the servers' lexers (MySQL and MariaDB, {@code sql/sql_lex.cc}), in a
 * push style: a token may be split anywhere between two calls of {@link #feed}.
 *
 * <p>Comments are dropped; a conditional comment that the server runs is read as text. What cannot be decided is told to the
 * collector as doubt.
 */
final class Tokenizer {
    /** Longest text of one token that is kept when it is split between parts, in bytes. */
    static final int LONGEST_KEPT_TEXT = 64 * 1024;

    private static final int START = 0;
    private static final int WORD = 1;
    private static final int DIGITS = 2;
    private static final int DIGITS_E = 3;
    private static final int DIGITS_E_SIGN = 4;
    private static final int FRACTION = 5;
    private static final int FRACTION_E = 6;
    private static final int EXPONENT = 7;
    private static final int STRING = 8;
    private static final int STRING_ESCAPE = 9;
    private static final int STRING_QUOTE = 10;
    private static final int AT = 11;
    private static final int VARIABLE = 12;
    private static final int DASH = 13;
    private static final int DASH_DASH = 14;
    private static final int LINE_COMMENT = 15;
    private static final int SLASH = 16;
    private static final int STAR = 17;
    private static final int COLON = 18;
    private static final int COMMENT = 19;
    private static final int DOT = 20;

    private final FactsCollector collector;
    private final Comments comments = new Comments();
    private final Token token = new Token();

    private SqlDialect dialect;
    private int state;
    /** What a finished quoted text is: a string, a quoted name or a user variable. */
    private int quotedCode;

    private byte quote;
    private int wordHash;
    /** Null for encodings in which no byte of a character can be taken for another. */
    private @Nullable MultiByte multiByte;

    /** The first part of a token that began in an earlier part of the text. */
    private byte[] kept = new byte[256];

    private int keptLength;
    private boolean cut;
    /** The text directly before, without a space, was a name. */
    private boolean directlyBehindName;
    /** The same for the dot that has been read. */
    private boolean dotBehindName;
    /** Where the token's text begins in the current part. */
    private int begin;

    Tokenizer(FactsCollector collector, SqlDialect dialect) {
        this.collector = collector;
        this.dialect = dialect;
    }

    void begin(SqlDialect readAs) {
        dialect = readAs;
        multiByte = readAs.encoding() == Encoding.ASCII_SAFE ? null : new MultiByte(readAs.encoding());
        token.backslashes = !readAs.noBackslashEscapes();
        state = START;
        keptLength = 0;
        cut = false;
        directlyBehindName = false;
        comments.begin(readAs);
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
                case STRING_ESCAPE -> stringEscape(i);
                case STRING_QUOTE -> stringQuote(bytes, i);
                case AT -> at(bytes, i);
                case VARIABLE -> variable(bytes, i, to);
                case LINE_COMMENT -> lineComment(bytes, i, to);
                case COMMENT -> comment(bytes, i, to);
                default -> afterSpecial(bytes, i);
            };
        }
        if (hasText(state)) {
            keep(bytes, begin, to);
        }
    }

    /** Ends the text: finishes the token that is under way. */
    void end() {
        switch (state) {
            case WORD -> emitWord(token.bytes, 0, 0);
            case DIGITS, FRACTION, EXPONENT -> emit(Code.NUMBER, token.bytes, 0, 0);
            case DIGITS_E -> emit(Code.WORD, token.bytes, 0, 0);
            case DIGITS_E_SIGN -> {
                emit(Code.WORD, token.bytes, 0, 0);
                emitSymbol('+');
            }
            case FRACTION_E -> emit(Code.NUMBER, token.bytes, 0, 0);
            case STRING_QUOTE -> emitQuoted(token.bytes, 0, 0);
            case STRING, STRING_ESCAPE -> collector.doubt();
            case AT, VARIABLE -> emit(Code.USER_VARIABLE, token.bytes, 0, 0);
            case DASH -> emitSymbol('-');
            case SLASH -> emitSymbol('/');
            case STAR -> emitSymbol('*');
            case COLON -> emitSymbol(':');
            case DOT -> emitSymbol('.');
            default -> {
                // START, DASH_DASH and LINE_COMMENT leave nothing behind.
            }
        }
        if (comments.isOpen(state == COMMENT)) {
            collector.doubt();
        }
        state = START;
    }

    private int start(byte[] bytes, int at, int to) {
        int i = at;
        while (i < to) {
            byte octet = bytes[i];
            switch (Characters.classOf(octet)) {
                case Characters.SPACE -> {
                    directlyBehindName = false;
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
                    state = special(octet);
                    keptLength = 0;
                    cut = false;
                    begin = i + 1;
                    directlyBehindName = false;
                    return i + 1;
                }
                default -> {
                    if (octet == '.') {
                        dotBehindName = directlyBehindName;
                        state = DOT;
                        return i + 1;
                    }
                    emitSymbol(octet);
                    i++;
                }
            }
        }
        return i;
    }

    private int special(byte octet) {
        return switch (octet) {
            case '-' -> DASH;
            case '/' -> SLASH;
            case '*' -> STAR;
            case ':' -> COLON;
            case '@' -> AT;
            default -> LINE_COMMENT;
        };
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
            emitWord(bytes, begin, i);
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
                emit(Code.WORD, bytes, begin, i);
                emitSymbol('+');
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
                emit(Code.NUMBER, bytes, begin, i);
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
        emit(Code.NUMBER, bytes, begin, i);
        return i;
    }

    private void beginQuoted(byte quoteOfText, int code, int at) {
        beginText(STRING, at);
        quote = quoteOfText;
        quotedCode = code;
    }

    private int string(byte[] bytes, int at, int to) {
        int i = at;
        boolean escapes = (!dialect.noBackslashEscapes() && quotedCode == Code.STRING) || escapesInVariable();
        MultiByte characters = multiByte;
        while (i < to) {
            byte octet = bytes[i];
            if (characters != null && characters.contains(octet)) {
                i++;
            } else if (octet == quote) {
                state = STRING_QUOTE;
                return i + 1;
            } else if (octet == '\\' && escapes) {
                state = STRING_ESCAPE;
                return i + 1;
            } else {
                i++;
            }
        }
        return i;
    }

    /** {@code @'a\'b'} is a string to the lexer, {@code @`a`} is a name. */
    private boolean escapesInVariable() {
        return quotedCode == Code.USER_VARIABLE
                && !dialect.noBackslashEscapes()
                && (quote == '\'' || (quote == '"' && !dialect.ansiQuotes()));
    }

    private int stringEscape(int at) {
        state = STRING;
        return at + 1;
    }

    private int stringQuote(byte[] bytes, int at) {
        if (bytes[at] == quote) {
            state = STRING;
            return at + 1;
        }
        state = START;
        emitQuoted(bytes, begin, at);
        return at;
    }

    private int at(byte[] bytes, int at) {
        byte octet = bytes[at];
        if (octet == '@') {
            state = START;
            emitSymbol(Code.AT_AT);
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
            emit(Code.USER_VARIABLE, bytes, begin, i);
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
            if (comments.takeDoubt()) {
                collector.doubt();
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
                emitSymbol('-');
            }
            case DASH_DASH -> {
                // Only white space or a control character makes it a comment: 1--1 is 2.
                if ((octet >= 0 && octet <= ' ') || octet == 127) {
                    state = LINE_COMMENT;
                } else {
                    emitSymbol('-');
                    emitSymbol('-');
                }
            }
            case SLASH -> {
                if (octet == '*') {
                    comments.open(collector.allowsHint());
                    state = COMMENT;
                    return at + 1;
                }
                emitSymbol('/');
            }
            case STAR -> {
                if (octet == '/' && comments.closeRun()) {
                    return at + 1;
                }
                emitSymbol('*');
            }
            case DOT -> {
                boolean digit = octet >= '0' && octet <= '9';
                if (digit && !dotBehindName) {
                    beginText(FRACTION, at);
                    return at;
                }
                emitSymbol('.');
                if (digit) {
                    // t.1e5 is the column "1e5".
                    beginText(WORD, at);
                    wordHash = 1;
                }
            }
            default -> {
                if (octet == '=') {
                    emitSymbol(Code.ASSIGN);
                    return at + 1;
                }
                emitSymbol(':');
            }
        }
        return at;
    }

    private static boolean hasText(int state) {
        return (state >= WORD && state <= STRING_QUOTE) || state == VARIABLE;
    }

    private void beginText(int nextState, int at) {
        state = nextState;
        begin = at;
        keptLength = 0;
        cut = false;
        if (multiByte != null) {
            multiByte.begin();
        }
    }

    private void keep(byte[] bytes, int from, int to) {
        int length = Math.min(to - from, LONGEST_KEPT_TEXT - keptLength);
        cut |= length < to - from;
        if (keptLength + length > kept.length) {
            kept = Arrays.copyOf(kept, Math.max(kept.length * 2, keptLength + length));
        }
        System.arraycopy(bytes, from, kept, keptLength, length);
        keptLength += length;
    }

    private void emitWord(byte[] bytes, int from, int to) {
        locate(bytes, from, to);
        Word known = Words.find(token.bytes, token.from, token.to, wordHash);
        if (token.bytes[token.from] == '$' && !dialect.mariaDb()) {
            // $$ opens a quoted text in MySQL; where it ends is not followed.
            for (int i = token.from + 1; i < token.to; i++) {
                if (token.bytes[i] == '$') {
                    collector.doubt();
                }
            }
        }
        send(known == null ? Code.WORD : known.code, known, 0);
    }

    private void emitQuoted(byte[] bytes, int from, int to) {
        locate(bytes, from, to);
        token.to--; // the closing quote
        Word known = quotedCode == Code.QUOTED_NAME ? Words.find(token.bytes, token.from, token.to) : null;
        send(quotedCode, known, quote);
    }

    private void emit(int code, byte[] bytes, int from, int to) {
        locate(bytes, from, to);
        send(code, null, 0);
    }

    private void emitSymbol(int code) {
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

    private void send(int code, @Nullable Word word, int quoteOfText) {
        token.code = code;
        token.word = word;
        token.quote = quoteOfText;
        token.cut = cut;
        directlyBehindName = token.isName();
        collector.token(token);
    }
}
