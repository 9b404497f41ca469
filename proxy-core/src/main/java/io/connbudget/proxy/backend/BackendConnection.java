package io.connbudget.proxy.backend;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * One pooled physical connection to the database, for its whole life: the same object is handed out at each borrow of it. Between
 * borrows HikariCP has it; from {@link BorrowCallback#borrowed} until give-back or discard its bytes go to the {@link BackendSink}.
 * Write with {@link #channel()}; back-pressure by its {@code autoRead}.
 */
public final class BackendConnection {
    private final Channel channel;
    private final long createdNanos = System.nanoTime();
    private volatile long borrowedNanos = createdNanos;
    private @Nullable Object attachment;

    BackendConnection(Channel channel) {
        this.channel = channel;
    }

    public Channel channel() {
        return channel;
    }

    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    /** The server's id of this connection, as in its processlist and in KILL. */
    public long connectionId() {
        return 0;
    }

    /** As the server's greeting gives it, MariaDB's prefix included. */
    public String serverVersion() {
        return "";
    }

    /** The capability flags of the server's greeting, before anything was masked. */
    public int serverCapabilities() {
        return 0;
    }

    /** The capability flags in force on this connection; the same for all backends of one server. */
    public int capabilities() {
        return 0;
    }

    /** The server's default collation: the id in the greeting, one byte. */
    public int collation() {
        return 0;
    }

    /** {@link System#nanoTime} of the login. */
    public long createdNanos() {
        return createdNanos;
    }

    /** {@link System#nanoTime} of the last borrow. */
    public long borrowedNanos() {
        return borrowedNanos;
    }

    /** Sets who gets the bytes from here on. Any thread; only while relaying. */
    public void sink(BackendSink sink) {}

    /** Whether the connection can still be used by the one who borrowed it: channel active, relaying, and nothing came unasked. */
    public boolean open() {
        return channel.isActive();
    }

    /** What the lease remembers of this physical connection (its session state); survives give-back and borrow. Event loop only. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // One owner, the lease, which knows the type.
    public <T> @Nullable T attachment() {
        return (T) attachment;
    }

    /** See {@link #attachment()}. */
    public void attachment(@Nullable Object value) {
        attachment = value;
    }
}
