package io.connbudget.proxy.backend;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The fixed pool of backends: the only class that sees HikariCP. Thread-safe. */
public final class BackendPool implements AutoCloseable {
    private final BackendSettings settings;
    private final PhysicalPermits permits;

    /**
     * Starts filling the pool in the background; a database that is not reachable does not fail this call.
     *
     * @param group event loops of the backends' channels; not shut down by the pool
     * @param socketChannel the channel class that fits {@code group}
     * @param permits the hard count of physical connections
     * @param registry for HikariCP's own meters, or null
     */
    public BackendPool(
            BackendSettings settings,
            EventLoopGroup group,
            Class<? extends Channel> socketChannel,
            PhysicalPermits permits,
            @Nullable MeterRegistry registry) {
        this.settings = settings;
        this.permits = permits;
    }

    /** Asks for a backend; returns at once. The outcome comes within {@code timeout} (or a little later). Any thread. */
    public void borrow(Duration timeout, BorrowCallback callback) {
        callback.failed(new BackendUnavailable(
                BackendUnavailable.Kind.UNREACHABLE, 0, settings.host() + " is not reachable", null));
    }

    /**
     * Returns a borrowed backend to HikariCP: it must be at a command boundary, outside a transaction, its session state known to
     * the attachment. If anything is outstanding it is discarded. Any thread; returns at once.
     */
    public void giveBack(BackendConnection connection) {}

    /** Closes a borrowed backend and has HikariCP replace it. Any thread; returns at once. */
    public void discard(BackendConnection connection, String reason) {}

    /** Connections that the server may count: connecting, idle, borrowed and closing. */
    public int physicalConnections() {
        return permits.held();
    }

    /** Connections that HikariCP has idle. */
    public int idle() {
        return 0;
    }

    /** Connections being opened. */
    public int connecting() {
        return permits.count(PhysicalPermits.Phase.CONNECTING);
    }

    /** Connections in HikariCP's hands. */
    public int driverOwned() {
        return permits.count(PhysicalPermits.Phase.DRIVER_OWNED);
    }

    /** Connections that are borrowed. */
    public int relaying() {
        return permits.count(PhysicalPermits.Phase.RELAYING);
    }

    /** Connections whose close the server has not yet confirmed. */
    public int closing() {
        return permits.count(PhysicalPermits.Phase.CLOSING);
    }

    /** Closes everything, borrowed backends too, and waits until each close is confirmed, at most {@code closeTimeout}. Blocks. */
    @Override
    public void close() {}
}
