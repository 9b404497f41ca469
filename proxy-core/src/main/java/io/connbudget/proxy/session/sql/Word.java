package io.connbudget.proxy.session.sql;

import java.nio.charset.StandardCharsets;

/** What is known of one word. Immutable once {@link Words} is built. */
final class Word {
    /** Bits of {@link #origin}: where the word before a parenthesis never calls a stored function. */
    static final int MYSQL = 1;

    static final int MARIADB = 2;
    static final int MYSQL_BEFORE_9_6 = 4;

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
    boolean explainsParenthesis(SqlDialect dialect) {
        if (dialect.mariaDb()) {
            return (origin & MARIADB) != 0;
        }
        return (origin & MYSQL) != 0 || ((origin & MYSQL_BEFORE_9_6) != 0 && dialect.serverVersionNumber() < 90600);
    }
}
