package io.connbudget.proxy.identity;

import io.connbudget.proxy.lease.BackendAccount;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One account at the database, for as long as the proxy runs; its password may be replaced. Thread-safe. */
final class BackendLogin implements BackendAccount {
    /** A refused attempt costs a backend, which MySQL closes: no second one in this time. */
    private static final long SPACE_NANOS = 1_000_000_000L;

    private final String user;
    private final Executor blocking;
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private volatile ServerPassword password;
    private volatile @Nullable Refusal refusal;

    @SuppressWarnings("ArrayRecordComponent")
    private record Refusal(byte[] error, long sinceNanos) {}

    /** @param blocking runs what reads files or starts programs */
    BackendLogin(String user, ServerPassword password, Executor blocking) {
        this.user = user;
        this.password = password;
        this.blocking = blocking;
    }

    void password(ServerPassword replacement) {
        password = replacement;
        refusal = null;
    }

    @Override
    public String user() {
        return user;
    }

    @Override
    public byte[] password() {
        return password.current();
    }

    @Override
    public boolean refused(byte[] error) {
        ServerPassword asked = password;
        if (asked.refused()) {
            return true;
        }
        refusal = new Refusal(error.clone(), System.nanoTime());
        if (refreshing.compareAndSet(false, true)) {
            try {
                blocking.execute(() -> refresh(asked));
            } catch (RejectedExecutionException e) {
                // The proxy ends.
                refreshing.set(false);
            }
        }
        return false;
    }

    private void refresh(ServerPassword asked) {
        try {
            if (asked.refresh()) {
                refusal = null;
            }
        } finally {
            refreshing.set(false);
        }
    }

    @Override
    public void accepted() {
        if (refusal != null) {
            refusal = null;
        }
    }

    @Override
    public byte @Nullable [] recentRefusal(long nowNanos) {
        Refusal last = refusal;
        return last == null || nowNanos - last.sinceNanos() >= SPACE_NANOS ? null : last.error();
    }

    @Override
    public String toString() {
        return "BackendLogin[" + user + "]";
    }
}
