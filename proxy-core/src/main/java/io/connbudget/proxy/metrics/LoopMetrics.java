package io.connbudget.proxy.metrics;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorOrigin;
import io.connbudget.proxy.error.ProxyError;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters of one event loop. Every method that counts is called on that loop only; a scrape reads from any thread and may see one event counted
 * and the next not yet. A count costs an array store: no allocation, no lock, no atomic read-modify-write.
 */
public final class LoopMetrics {
    private static final int COMMAND_KINDS = 33;
    /** A cache line on both sides keeps two loops' counters apart. */
    private static final int PADDING = 16;

    static final int CLIENTS_OPENED = PADDING;
    static final int CLIENTS_CLOSED = CLIENTS_OPENED + 1;
    static final int CLIENTS_AUTHENTICATED = CLIENTS_CLOSED + 1;
    static final int LOGINS_ABANDONED = CLIENTS_AUTHENTICATED + 1;
    static final int LEASES_STARTED = LOGINS_ABANDONED + 1;
    static final int LEASES_ENDED = LEASES_STARTED + 1;
    static final int HANDOFFS = LEASES_ENDED + 1;
    static final int BACKENDS_DISCARDED = HANDOFFS + 1;
    static final int BYTES_TO_BACKEND = BACKENDS_DISCARDED + 1;
    static final int BYTES_TO_CLIENT = BYTES_TO_BACKEND + 1;
    static final int PROLOGUE_BYTES = BYTES_TO_CLIENT + 1;
    static final int CLIENT_PREPARES = PROLOGUE_BYTES + 1;
    static final int BACKEND_PREPARES = CLIENT_PREPARES + 1;
    static final int QUEUE_WAIT_SUM_NANOS = BACKEND_PREPARES + 1;
    static final int LEASE_TIME_SUM_NANOS = QUEUE_WAIT_SUM_NANOS + 1;
    private static final int QUEUE_WAIT_BUCKETS = LEASE_TIME_SUM_NANOS + 1;
    private static final int LEASE_TIME_BUCKETS = QUEUE_WAIT_BUCKETS + LatencyBuckets.COUNT;
    private static final int COMMANDS = LEASE_TIME_BUCKETS + LatencyBuckets.COUNT;
    private static final int ERRORS = COMMANDS + COMMAND_KINDS;
    private static final int ORIGINS = ERRORS + ProxyError.values().length;
    private static final int RECLAIMS = ORIGINS + ErrorOrigin.values().length;
    private static final int LENGTH = RECLAIMS + Refusal.Reason.values().length + PADDING;

    /** Command codes from here on share one counter. */
    static final int OTHER_COMMANDS = COMMAND_KINDS - 1;

    private final AtomicLongArray counters = new AtomicLongArray(LENGTH);

    LoopMetrics() {}

    /** A client's TCP connection was accepted; it is unauthenticated until {@link #clientAuthenticated} or {@link #clientClosed}. */
    public void clientOpened() {
        add(CLIENTS_OPENED, 1);
    }

    /** Called at most once for a client. */
    public void clientAuthenticated() {
        add(CLIENTS_AUTHENTICATED, 1);
    }

    /** Called once for each {@link #clientOpened}; {@code authenticated} says whether {@link #clientAuthenticated} was called for it. */
    public void clientClosed(boolean authenticated) {
        if (!authenticated) {
            add(LOGINS_ABANDONED, 1);
        }
        add(CLIENTS_CLOSED, 1);
    }

    /** A client's command arrived; {@code commandCode} is the first byte of its packet, 0 to 255. */
    public void command(int commandCode) {
        add(COMMANDS + (commandCode >= 0 && commandCode < OTHER_COMMANDS ? commandCode : OTHER_COMMANDS), 1);
    }

    /** A lease was granted after {@code nanos} in the queue; 0 for one that did not wait. Refused waiters count as well, with the time that they waited. */
    public void queueWait(long nanos) {
        add(QUEUE_WAIT_BUCKETS + LatencyBuckets.index(nanos), 1);
        add(QUEUE_WAIT_SUM_NANOS, nanos);
    }

    /** A backend is attached to a client. */
    public void leaseStarted() {
        add(LEASES_STARTED, 1);
    }

    /** Called once for each {@link #leaseStarted}; {@code nanos} is the time between them. */
    public void leaseTime(long nanos) {
        add(LEASE_TIME_BUCKETS + LatencyBuckets.index(nanos), 1);
        add(LEASE_TIME_SUM_NANOS, nanos);
        add(LEASES_ENDED, 1);
    }

    /** A backend went from one client to the next without a visit to the pool. */
    public void handoff() {
        add(HANDOFFS, 1);
    }

    /** A leased backend was unfit for reuse. */
    public void backendDiscarded() {
        add(BACKENDS_DISCARDED, 1);
    }

    /** Bytes of MySQL packets relayed from a client, headers included, the proxy's own prologue not. */
    public void bytesToBackend(long bytes) {
        add(BYTES_TO_BACKEND, bytes);
    }

    /** Bytes of MySQL packets written to a client, headers included. */
    public void bytesToClient(long bytes) {
        add(BYTES_TO_CLIENT, bytes);
    }

    /** Bytes that the proxy itself sent to make a backend equal to a session, headers included. */
    public void prologueBytes(long bytes) {
        add(PROLOGUE_BYTES, bytes);
    }

    /** A client prepared a statement. */
    public void clientPrepare() {
        add(CLIENT_PREPARES, 1);
    }

    /** A statement was prepared on a backend, for a client's prepare or again because this backend lacked it. */
    public void backendPrepare() {
        add(BACKEND_PREPARES, 1);
    }

    /** The proxy gave {@code error} to a client; its origin is counted with it. */
    public void error(ProxyError error) {
        add(ERRORS + slot(error), 1);
        add(ORIGINS + slot(error.origin()), 1);
    }

    /** Something failed of which no client is told by a {@link ProxyError}: a reset socket, a failed reset of a backend. */
    public void error(ErrorOrigin origin) {
        add(ORIGINS + slot(origin), 1);
    }

    /** A backend was taken back from a session that was over a limit of its class while others waited. */
    public void reclaimed(Refusal.Reason reason) {
        add(RECLAIMS + slot(reason), 1);
    }

    long reclaims(Refusal.Reason reason) {
        return read(RECLAIMS + slot(reason));
    }

    long read(int counter) {
        return counters.getOpaque(counter);
    }

    long commands(int kind) {
        return read(COMMANDS + kind);
    }

    long errors(ProxyError error) {
        return read(ERRORS + slot(error));
    }

    long errors(ErrorOrigin origin) {
        return read(ORIGINS + slot(origin));
    }

    /** Commands of every kind. */
    long allCommands() {
        long all = 0;
        for (int kind = 0; kind < COMMAND_KINDS; kind++) {
            all += commands(kind);
        }
        return all;
    }

    /** Errors of every kind that were given to clients. */
    long allErrors() {
        long all = 0;
        for (ProxyError error : ProxyError.values()) {
            all += errors(error);
        }
        return all;
    }

    /** Adds this loop's bucket counts to {@code into}, which has {@link LatencyBuckets#COUNT} elements. */
    void addQueueWaits(long[] into) {
        addBuckets(QUEUE_WAIT_BUCKETS, into);
    }

    /** Adds this loop's bucket counts to {@code into}, which has {@link LatencyBuckets#COUNT} elements. */
    void addLeaseTimes(long[] into) {
        addBuckets(LEASE_TIME_BUCKETS, into);
    }

    private void addBuckets(int first, long[] into) {
        for (int i = 0; i < into.length; i++) {
            into[i] += read(first + i);
        }
    }

    /** The place in this process's memory, never stored or sent. */
    @SuppressWarnings("EnumOrdinal")
    private static int slot(Enum<?> value) {
        return value.ordinal();
    }

    private void add(int counter, long amount) {
        // A plain read of what only this thread writes; the opaque store keeps the value from tearing and lets a scrape
        // see it.
        counters.setOpaque(counter, counters.getPlain(counter) + amount);
    }
}
