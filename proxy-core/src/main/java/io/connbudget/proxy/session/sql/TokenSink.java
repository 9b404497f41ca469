package io.connbudget.proxy.session.sql;

/** Takes the tokens of one text after another, in their order. Called by a {@link Tokenizer}, on its thread. */
interface TokenSink {
    /** The next token; it is the sink's during the call only. */
    void token(Token token);

    /** It is not certain where a token ends. */
    void doubt();

    /** Whether a comment here may be an optimizer hint. */
    boolean allowsHint();

    /** An optimizer hint has been read, or another comment where it is empty: MySQL sets variables by it for this statement. */
    void hint(CharSequence text);
}
