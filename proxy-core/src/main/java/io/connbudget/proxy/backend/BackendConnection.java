package io.connbudget.proxy.backend;

import io.connbudget.proxy.backend.driver.AdoptedChannel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One pooled physical connection to the database, for its whole life: the same object is handed out at each borrow of it. Between
 * borrows HikariCP has it; from {@link BorrowCallback#borrowed} until give-back or discard its bytes go to the {@link BackendSink}.
 * Write with {@link #channel()}; back-pressure by its {@code autoRead}.
 */
public final class BackendConnection {
    private final AdoptedChannel adopted;
    private final String user;
    private final Inbound inbound = new Inbound();
    private final long createdNanos = System.nanoTime();
    private volatile long borrowedNanos = createdNanos;
    /** HikariCP's proxy of the borrow that lasts; taken by whoever ends the borrow, so that it ends once. */
    private final AtomicReference<@Nullable Connection> borrow = new AtomicReference<>();

    private volatile BackendSink sink = new IdleSink();
    /** Something came unasked, so the next answer could not be told from it. */
    private volatile boolean spoilt;

    private @Nullable Object attachment;

    BackendConnection(AdoptedChannel adopted, String user) {
        this.adopted = adopted;
        this.user = user;
    }

    /** The account that it logged in with when it was opened. */
    public String user() {
        return user;
    }

    public Channel channel() {
        return adopted.channel();
    }

    public EventLoop eventLoop() {
        return adopted.channel().eventLoop();
    }

    /** The server's id of this connection, as in its processlist and in KILL. */
    public long connectionId() {
        return adopted.greeting().connectionId();
    }

    /** As the server's greeting gives it, MariaDB's prefix included. */
    public String serverVersion() {
        return adopted.greeting().serverVersion();
    }

    /** The capability flags of the server's greeting, before anything was masked. */
    public int serverCapabilities() {
        return adopted.greeting().capabilities();
    }

    /** The capability flags in force on this connection; the same for all backends of one server. */
    public int capabilities() {
        return adopted.capabilities();
    }

    /** The server's default collation: the id in the greeting, one byte. */
    public int collation() {
        return adopted.greeting().collation();
    }

    /** {@link System#nanoTime} of the login. */
    public long createdNanos() {
        return createdNanos;
    }

    /** {@link System#nanoTime} of the last borrow. */
    public long borrowedNanos() {
        return borrowedNanos;
    }

    /**
     * Sets who gets the bytes from here on. Any thread; only while borrowed. The connection may have closed meanwhile, which the sink
     * before was told: whoever sets one looks at {@link #open} afterwards.
     */
    public void sink(BackendSink next) {
        if (borrow.get() == null) {
            throw new IllegalStateException("backend " + adopted + " is not borrowed");
        }
        sink = next;
    }

    /**
     * Sets back the sink that takes anything the server sends, and a close, as the end of this connection: for a backend that lingers
     * between two leases. Any thread; only while relaying.
     */
    public void idle() {
        sink(new IdleSink());
    }

    /**
     * Closes the connection in doubt, and tells the sink: like any close its permit is given back when the server has confirmed
     * it. Any thread.
     */
    public void abort() {
        adopted.abort();
    }

    /** Whether it speaks TLS. */
    public boolean encrypted() {
        return channel().pipeline().get(SslHandler.class) != null;
    }

    /** Whether the connection can still be used by the one who borrowed it: channel active, relaying, and nothing came unasked. */
    public boolean open() {
        return !spoilt && adopted.relaying() && adopted.channel().isActive();
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

    @Override
    public String toString() {
        return "BackendConnection[" + adopted + "]";
    }

    /** Whether something came unasked between two leases. */
    boolean spoilt() {
        return spoilt;
    }

    AdoptedChannel adopted() {
        return adopted;
    }

    /** Starts a borrow. Event loop only. @return false: unfit */
    boolean begin(Connection hikariProxy) {
        sink = new IdleSink();
        if (spoilt || !adopted.enterRelay(inbound)) {
            return false;
        }
        borrowedNanos = System.nanoTime();
        borrow.set(hikariProxy);
        return true;
    }

    /** Ends the borrow. @return HikariCP's proxy, or null if the borrow was already ended */
    @Nullable Connection end() {
        return borrow.getAndSet(null);
    }

    /** Passes on to whichever sink is set. */
    private final class Inbound implements AdoptedChannel.Relay {
        @Override
        public void bytes(ByteBuf buffer) {
            sink.bytes(BackendConnection.this, buffer);
        }

        @Override
        public void readComplete() {
            sink.readComplete(BackendConnection.this);
        }

        @Override
        public void closed() {
            sink.closed(BackendConnection.this);
        }

        @Override
        public void writabilityChanged(boolean writable) {
            sink.writabilityChanged(BackendConnection.this, writable);
        }
    }

    /** Between two leases the server has nothing to say. */
    private static final class IdleSink implements BackendSink {
        @Override
        public void bytes(BackendConnection c, ByteBuf buffer) {
            c.spoilt = true;
            buffer.release();
        }

        @Override
        public void readComplete(BackendConnection c) {}

        @Override
        public void closed(BackendConnection c) {
            c.spoilt = true;
        }

        @Override
        public void writabilityChanged(BackendConnection c, boolean writable) {}
    }
}
