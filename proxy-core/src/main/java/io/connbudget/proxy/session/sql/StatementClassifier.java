package io.connbudget.proxy.session.sql;

import io.netty.buffer.ByteBuf;

/**
 * Finds the {@link Facts} of statements. One for each event loop; not thread-safe.
 *
 * <p>Buffers are only read: neither their indexes nor their reference counts change.
 */
public final class StatementClassifier {
    private static final StatementFacts UNSEEN =
            new StatementFacts(Facts.UNKNOWN_VERB | Facts.UNTERMINATED, "OTHER", 1, StatementFacts.Names.NONE);

    /**
     * Classifies a whole text of COM_QUERY or COM_STMT_PREPARE.
     *
     * @param index where the text begins in the buffer
     * @param length its length in bytes
     */
    public StatementFacts classify(ByteBuf buffer, int index, int length, SqlDialect dialect) {
        begin(dialect);
        feed(buffer, index, length);
        return end();
    }

    /** Begins a text that arrives in parts. */
    public void begin(SqlDialect dialect) {}

    /** The next part; a token may be split anywhere between two parts. */
    public void feed(ByteBuf buffer, int index, int length) {}

    /** Ends the text begun last. */
    public StatementFacts end() {
        return UNSEEN;
    }
}
