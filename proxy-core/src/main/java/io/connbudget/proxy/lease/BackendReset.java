package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendSink;
import io.connbudget.proxy.session.Prologue;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Frees a backend at once from what a session that is gone has left on it: its transaction, locks and temporary tables.
 * The lease's permit is held until the reset is confirmed; a reset that fails or is late discards the backend.
 *
 * <p>Runs on the event loop of the lease.
 */
final class BackendReset implements BackendSink {
    private static final long DEADLINE_SECONDS = 10;

    private final LeaseContext context;
    private final Lease lease;
    private final Backend backend;
    private final EventLoop loop;
    private @Nullable ScheduledFuture<?> deadline;
    private boolean ended;
    /** The answer has come. On the backend's event loop. */
    private boolean answered;

    BackendReset(LeaseContext context, Lease lease, Backend backend, EventLoop loop) {
        this.context = context;
        this.lease = lease;
        this.backend = backend;
        this.loop = loop;
    }

    void start() {
        backend.connection.sink(this);
        if (!backend.open()) {
            end("closed before it was reset");
            return;
        }
        deadline = loop.schedule(() -> end("its reset took too long"), DEADLINE_SECONDS, TimeUnit.SECONDS);
        Prologue reset = Prologue.reset(backend.connection.channel().alloc());
        backend.connection.channel().writeAndFlush(reset.packets());
    }

    @Override
    public void bytes(BackendConnection c, ByteBuf buffer) {
        if (answered) {
            // Nothing else was asked, and whoever comes next must not take it for an answer.
            buffer.release();
            c.abort();
            return;
        }
        answered = true;
        // A reset is answered by one small OK: anything else is no proven boundary.
        boolean ok = buffer.readableBytes() > Packets.HEADER_BYTES
                && buffer.readableBytes() == Packets.HEADER_BYTES + Packets.length(buffer, buffer.readerIndex())
                && buffer.getByte(buffer.readerIndex() + Packets.HEADER_BYTES) == 0;
        buffer.release();
        loop.execute(() -> end(ok ? null : "its reset failed"));
    }

    @Override
    public void readComplete(BackendConnection c) {}

    @Override
    public void closed(BackendConnection c) {
        loop.execute(() -> end("closed while it was reset"));
    }

    @Override
    public void writabilityChanged(BackendConnection c, boolean writable) {}

    private void end(@Nullable String failure) {
        if (ended) {
            return;
        }
        ended = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (failure == null) {
            backend.memory.afterReset();
            context.desk().release(lease, backend, System.nanoTime());
        } else {
            context.desk().discard(lease, backend, failure);
        }
        lease.leaving().resetEnded();
    }
}
