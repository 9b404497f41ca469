package io.connbudget.proxy.session.sql;

import io.netty.buffer.ByteBuf;

/**
 * Finds the {@link Facts} of statements. One for each event loop; not thread-safe.
 *
 * <p>Buffers are only read: neither their indexes nor their reference counts change.
 */
public final class StatementClassifier {
    private static final int PART_BYTES = 8 * 1024;

    private final SqlDialect noDialect = new SqlDialect(false, 0, false, false, false, Encoding.ASCII_SAFE);
    private final FactsCollector collector = new FactsCollector(noDialect, 0);
    private final Tokenizer tokenizer = new Tokenizer(collector, noDialect);
    private final StatementCache cache = new StatementCache();
    private final SharedFacts shared = new SharedFacts();
    private final byte[] part = new byte[PART_BYTES];

    /**
     * Classifies a whole text of COM_QUERY or COM_STMT_PREPARE.
     *
     * @param index where the text begins in the buffer
     * @param length its length in bytes
     */
    public StatementFacts classify(ByteBuf buffer, int index, int length, SqlDialect dialect) {
        if (length > StatementCache.LONGEST_TEXT) {
            begin(dialect);
            feed(buffer, index, length);
            return end();
        }
        byte[] text = part;
        int from = 0;
        if (buffer.hasArray()) {
            text = buffer.array();
            from = buffer.arrayOffset() + index;
        } else {
            buffer.getBytes(index, text, 0, length);
        }
        StatementFacts known = cache.find(text, from, length, dialect);
        if (known != null) {
            return known;
        }
        begin(dialect);
        tokenizer.feed(text, from, from + length);
        StatementFacts facts = end();
        cache.offer(text, from, length, dialect, facts);
        return facts;
    }

    /** Begins a text that arrives in parts. */
    public void begin(SqlDialect dialect) {
        collector.begin(dialect);
        tokenizer.begin(dialect);
    }

    /** The next part; a token may be split anywhere between two parts. */
    public void feed(ByteBuf buffer, int index, int length) {
        if (buffer.hasArray()) {
            int from = buffer.arrayOffset() + index;
            tokenizer.feed(buffer.array(), from, from + length);
            return;
        }
        for (int done = 0; done < length; done += PART_BYTES) {
            int size = Math.min(PART_BYTES, length - done);
            buffer.getBytes(index + done, part, 0, size);
            tokenizer.feed(part, 0, size);
        }
    }

    /** Ends the text begun last. */
    public StatementFacts end() {
        tokenizer.end();
        collector.end();
        return collector.found.isEmpty() ? shared.of(collector) : TextReader.result(collector);
    }
}
