package io.connbudget.proxy.session.sql;

import java.nio.charset.StandardCharsets;

/** What is known of one word. Immutable once {@link Words} is built. */
final class Word {
    /** Bits of {@link #origin}. */
    static final int RESERVED_IN_MYSQL = 1;

    static final int RESERVED_IN_MARIADB = 2;
    static final int FUNCTION_OF_MYSQL = 4;
    static final int FUNCTION_OF_MARIADB = 8;
    /** The grammar itself allows a parenthesis behind it. */
    static final int GRAMMAR = 16;

    static final int BEFORE_PARENTHESIS_IN_MYSQL = RESERVED_IN_MYSQL | FUNCTION_OF_MYSQL | GRAMMAR;
    static final int BEFORE_PARENTHESIS_IN_MARIADB = RESERVED_IN_MARIADB | FUNCTION_OF_MARIADB | GRAMMAR;

    final String name;
    final byte[] bytes;
    final int code;
    final int origin;
    /** Facts wherever the word stands unquoted. */
    final long anywhere;
    /** Facts where a parenthesis follows. */
    final long called;
    /** Facts behind {@code @@}. */
    final long asVariable;
    /** Facts where SET assigns it, besides SETS_VARIABLE. */
    final long assigned;
    /** Whether a statement may begin with it. */
    final boolean verb;

    Word(String name, int code, int origin, long anywhere, long called, long asVariable, long assigned, boolean verb) {
        this.name = name;
        this.bytes = name.getBytes(StandardCharsets.US_ASCII);
        this.code = code;
        this.origin = origin;
        this.anywhere = anywhere;
        this.called = called;
        this.asVariable = asVariable;
        this.assigned = assigned;
        this.verb = verb;
    }

    /** Whether a parenthesis behind the unquoted word is explained by grammar or a built-in function. */
    boolean explainsParenthesis(boolean mariaDb) {
        return (origin & (mariaDb ? BEFORE_PARENTHESIS_IN_MARIADB : BEFORE_PARENTHESIS_IN_MYSQL)) != 0;
    }
}
