package io.connbudget.proxy.lease;

/** What comes next of an answer would not be what the client gets on a connection of its own. The message says why, in SQL's terms. */
final class UnservedAnswerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnservedAnswerException(String message) {
        super(message);
    }
}
