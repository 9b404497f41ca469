package io.connbudget.proxy.session.sql;

/** The rules of one kind of statement; sees the tokens behind the verb, after the collector's general rules. */
abstract class Clause {
    final FactsCollector out;

    Clause(FactsCollector out) {
        this.out = out;
    }

    /** A statement with the given verb begins. */
    abstract void begin(int verb);

    abstract void token(Token token);

    /** The statement ends; a rule that waits for its end adds what it found. */
    void end() {}
}
