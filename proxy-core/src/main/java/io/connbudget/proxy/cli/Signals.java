package io.connbudget.proxy.cli;

/** What asks the process to end. */
interface Signals {
    /**
     * Takes over; from the return on a signal no longer ends the process by itself: the first goes to {@link #awaitFirst}, the second ends the process
     * at once.
     */
    void install();

    /**
     * Waits for the first signal and returns its name, {@code INT} or {@code TERM}.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    String awaitFirst() throws InterruptedException;
}
