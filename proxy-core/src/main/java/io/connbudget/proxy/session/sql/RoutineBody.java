package io.connbudget.proxy.session.sql;

/**
 * Follows the definition of a procedure, function, trigger or event to its end: a semicolon inside its blocks does not end it.
 *
 * <p>What opens a block is counted only where a statement can begin, END everywhere. So a doubtful text rather ends too soon, and is
 * taken as run, or never ends, which the collector reports as doubt.
 */
final class RoutineBody {
    private boolean open;
    private int blocks;
    private int previous;
    private boolean inHeader;

    void open() {
        open = true;
        blocks = 0;
        previous = Code.ROUTINE;
        inHeader = true;
    }

    void close() {
        open = false;
        blocks = 0;
    }

    boolean isOpen() {
        return open;
    }

    /** Whether a semicolon here belongs to the definition. */
    boolean isInside() {
        return blocks > 0;
    }

    void token(Token token) {
        int code = token.code;
        switch (code) {
            case Code.CASE -> {
                if (previous != Code.END) {
                    blocks++;
                }
            }
            case Code.BEGIN, Code.IF, Code.LOOP, Code.REPEAT, Code.WHILE, Code.FOR -> {
                if (statementBegins(code)) {
                    blocks++;
                    inHeader = false;
                }
            }
            case Code.END -> blocks = Math.max(0, blocks - 1);
            default -> {}
        }
        previous = code;
    }

    private boolean statementBegins(int code) {
        if (inHeader) {
            // FOR EACH ROW; IF NOT EXISTS; IF(...) or REPEAT(...) in the expression of a single statement; a name.
            return code != Code.FOR && headerEndsBefore();
        }
        return switch (previous) {
            case ';', Code.BEGIN, Code.THEN, Code.ELSE, Code.DO, Code.LOOP, Code.REPEAT, ':' -> true;
            default -> false;
        };
    }

    private boolean headerEndsBefore() {
        return switch (previous) {
            case '=',
                    '.',
                    Code.IN,
                    '(',
                    ',',
                    '+',
                    '-',
                    '*',
                    '/',
                    '<',
                    '>',
                    '!',
                    '|',
                    '&',
                    Code.ASSIGN,
                    Code.RETURN,
                    Code.SELECT,
                    Code.SET,
                    Code.AND,
                    Code.OR,
                    Code.NOT,
                    Code.ROUTINE,
                    Code.WHERE,
                    Code.WHEN,
                    Code.THEN,
                    Code.ELSE -> false;
            default -> true;
        };
    }
}
