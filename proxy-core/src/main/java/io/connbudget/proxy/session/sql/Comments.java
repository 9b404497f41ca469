package io.connbudget.proxy.session.sql;

/**
 * What stands between {@code /*} and its end: a comment, an optimizer hint, or a conditional comment whose content the server reads
 * as text ({@code /*!}, {@code /*!80400}, MariaDB's {@code /*M!100600}).
 *
 * <p>A conditional comment runs where it names no version or one that is not above the server's. MariaDB skips those of MySQL 5.7 to
 * 9 (50700 to 99999) unless they are written with an M.
 */
final class Comments {
    private static final int OPENED = 0;
    private static final int M = 1;
    private static final int VERSION = 2;
    private static final int BODY = 3;
    private static final int BODY_STAR = 4;
    private static final int SKIPPED = 5;
    private static final int SKIPPED_STAR = 6;
    private static final int SKIPPED_SLASH = 7;
    private static final int NESTED = 8;
    private static final int NESTED_STAR = 9;
    /** The tokenizer goes on with text. */
    private static final int TEXT = 10;
    /** What is behind it of a hint is not looked at: a variable that it sets pins then, as one of code of the database does. */
    private static final int MAX_HINT = 1024;

    private SqlDialect dialect = new SqlDialect(false, 0, false, false, false, Encoding.ASCII_SAFE);
    private int state;
    private boolean running;
    private boolean hintAllowed;
    private boolean hint;
    private byte hintQuote;
    private final StringBuilder hintText = new StringBuilder(0);
    private boolean mariaDbOnly;
    private int version;
    private int digits;
    private boolean doubt;

    void begin(SqlDialect readAs) {
        dialect = readAs;
        state = TEXT;
        running = false;
        doubt = false;
    }

    /** {@code /*} has been read. */
    void open(boolean mayBeHint) {
        state = OPENED;
        hintAllowed = mayBeHint;
        hint = false;
        hintQuote = 0;
        hintText.setLength(0);
        mariaDbOnly = false;
        version = 0;
        digits = 0;
    }

    /** Whether the bytes behind those that were read are text again. */
    boolean leftText() {
        return state == TEXT;
    }

    /** {@code *}{@code /} in the text: true where it ends a conditional comment that runs. */
    boolean closeRun() {
        boolean was = running;
        running = false;
        return was;
    }

    /** Whether a comment is open at the end of the text. */
    boolean isOpen(boolean inComment) {
        return running || inComment;
    }

    /** The beginning of the optimizer hint that has ended, bytes as characters; empty where it was none. */
    CharSequence hint() {
        return hintText;
    }

    /** Whether the place where the comment ended is in doubt; forgets it. */
    boolean takeDoubt() {
        boolean was = doubt;
        doubt = false;
        return was;
    }

    /** Reads on until text begins or the bytes end; returns the index behind the last byte read. */
    int feed(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && state != TEXT) {
            byte octet = bytes[i];
            switch (state) {
                case OPENED -> {
                    if (octet == '!') {
                        state = VERSION;
                    } else if (octet == 'M' && dialect.mariaDb()) {
                        state = M;
                    } else {
                        hint = octet == '+' && hintAllowed;
                        state = BODY;
                        continue;
                    }
                }
                case M -> {
                    state = octet == '!' ? VERSION : BODY;
                    mariaDbOnly = true;
                    if (octet != '!') {
                        continue;
                    }
                }
                case VERSION -> {
                    if (octet >= '0' && octet <= '9' && digits < 6) {
                        version = version * 10 + octet - '0';
                        digits++;
                    } else {
                        decide();
                        continue;
                    }
                }
                case BODY -> body(octet);
                case BODY_STAR -> {
                    if (octet == '/') {
                        doubt |= hintQuote != 0;
                        state = TEXT;
                    } else if (octet != '*') {
                        state = BODY;
                        body(octet);
                    }
                }
                case SKIPPED -> state = octet == '*' ? SKIPPED_STAR : octet == '/' ? SKIPPED_SLASH : SKIPPED;
                case SKIPPED_STAR -> state = octet == '/' ? TEXT : octet == '*' ? SKIPPED_STAR : SKIPPED;
                case SKIPPED_SLASH -> state = octet == '*' ? NESTED : octet == '/' ? SKIPPED_SLASH : SKIPPED;
                case NESTED -> state = octet == '*' ? NESTED_STAR : NESTED;
                default -> state = octet == '/' ? SKIPPED : octet == '*' ? NESTED_STAR : NESTED;
            }
            i++;
        }
        return i;
    }

    private void body(byte octet) {
        if (octet == '*') {
            state = BODY_STAR;
        }
        if (hint && !dialect.mariaDb() && hintText.length() < MAX_HINT) {
            hintText.append((char) (octet & 0xff));
        }
        if (hint && (octet == '`' || octet == '"' || octet == '\'')) {
            hintQuote = hintQuote == 0 ? octet : hintQuote == octet ? 0 : hintQuote;
        }
    }

    private void decide() {
        boolean versioned = digits >= 5;
        // One to four digits are text of the comment for the lexer; they cannot be given back once read, so the rest is
        // in doubt.
        doubt |= digits > 0 && !versioned;
        boolean foreign = dialect.mariaDb() && !mariaDbOnly && version >= 50700 && version <= 99999;
        if (!versioned || (version <= dialect.serverVersionNumber() && !foreign)) {
            // A conditional comment inside another that runs: the servers differ in what its end closes.
            doubt |= running;
            running = true;
            state = TEXT;
        } else {
            state = SKIPPED;
        }
    }
}
