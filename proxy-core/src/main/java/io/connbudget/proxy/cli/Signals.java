package io.connbudget.proxy.cli;

/** What asks the process to end. */
interface Signals {
    /**
     * Takes over; from the return on a signal no longer ends the process by itself: the first goes to {@link #awaitFirst}, the second ends the process
     * at once.
     */
    void install();

    /** Has {@code task} run, on a thread of its own, at each SIGHUP. Before {@link #install}. */
    default void onHangUp(Runnable task) {}

    /** As if a signal of this name had come, if none has yet. */
    default void raise(String name) {}

    /**
     * Waits for the first signal and returns its name, {@code INT} or {@code TERM}, or what {@link #raise} was given.
     *
     * @throws InterruptedException if the waiting thread is interrupted
     */
    String awaitFirst() throws InterruptedException;
}
