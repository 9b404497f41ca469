package io.connbudget.budget;

/** The answer to a request for a permit. */
public enum Decision {
    /** The permit is held; the caller must release it. */
    GRANTED,
    /** The permit waits; exactly one of {@code granted} and {@code refused} follows, unless it is cancelled. */
    QUEUED,
    /** Refused at once; {@link Budget#lastRefusal()} says why. */
    REJECTED
}
