package io.connbudget.proxy.backend;

/** The outcome of {@link BackendPool#borrow}; exactly one of the methods is called, once. */
public interface BorrowCallback {
    /**
     * Called on the backend's event loop, in the same task that switched the channel to relaying, so a sink that is set here misses
     * nothing. Whoever accepts owes exactly one {@link BackendPool#giveBack} or {@link BackendPool#discard}.
     */
    void borrowed(BackendConnection connection);

    /** Called on an unspecified thread, which must not be blocked. */
    void failed(BackendUnavailable reason);
}
