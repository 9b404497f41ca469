package io.connbudget.proxy.lease;

/** What comes next of an answer would not be what the client gets on a connection of its own. The message says why, in SQL's terms. */
final class UnservedAnswerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    UnservedAnswerException(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
