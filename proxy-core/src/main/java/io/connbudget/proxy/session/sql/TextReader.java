package io.connbudget.proxy.session.sql;

/** Classifies a text that stands as a literal inside another. Rare, so it allocates what it needs. */
final class TextReader {
    private TextReader() {}

    static StatementFacts read(byte[] bytes, SqlDialect dialect, int nesting) {
        FactsCollector collector = new FactsCollector(dialect, nesting);
        Tokenizer tokenizer = new Tokenizer(collector, dialect);
        collector.begin(dialect);
        tokenizer.begin(dialect);
        tokenizer.feed(bytes, 0, bytes.length);
        tokenizer.end();
        collector.end();
        return result(collector);
    }

    static StatementFacts result(FactsCollector collector) {
        return new StatementFacts(
                collector.facts, verbName(collector), collector.statements(), collector.found.names());
    }

    static String verbName(FactsCollector collector) {
        Word verb = collector.verb();
        return verb != null ? verb.name : collector.statements() == 0 ? "" : "OTHER";
    }
}
