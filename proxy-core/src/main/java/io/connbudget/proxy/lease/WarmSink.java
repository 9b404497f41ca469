package io.connbudget.proxy.lease;

import io.connbudget.proxy.backend.BackendConnection;
import io.connbudget.proxy.backend.BackendPool;
import io.connbudget.proxy.backend.BackendSink;
import io.netty.buffer.ByteBuf;

/**
 * Watches a backend that nobody has: whatever comes from it is a reason to discard it. One per backend; called on the
 * backend's event loop.
 */
final class WarmSink implements BackendSink {
    private final Object lock;
    private final WarmBackends warm;
    private final BackendPool pool;
    private final Backend backend;

    /** @param lock the desk's, which guards {@code warm} */
    WarmSink(Object lock, WarmBackends warm, BackendPool pool, Backend backend) {
        this.lock = lock;
        this.warm = warm;
        this.pool = pool;
        this.backend = backend;
    }

    @Override
    public void bytes(BackendConnection c, ByteBuf buffer) {
        buffer.release();
        drop("unexpected bytes while idle");
    }

    @Override
    public void readComplete(BackendConnection c) {}

    @Override
    public void closed(BackendConnection c) {
        drop("closed by the server while idle");
    }

    @Override
    public void writabilityChanged(BackendConnection c, boolean writable) {}

    private void drop(String reason) {
        boolean mine;
        synchronized (lock) {
            mine = warm.remove(backend);
        }
        if (mine) {
            pool.discard(backend.connection, reason);
        } else {
            // It was taken in this moment: the lease finds it dead.
            backend.connection.abort();
        }
    }
}
