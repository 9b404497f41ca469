package io.connbudget.proxy.cli;

import io.connbudget.proxy.admin.Readiness;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.operate.ProxyControl;
import io.connbudget.proxy.operate.ProxyView;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A proxy as the process that it runs in sees it: started once, drained at most once, closed once. */
public interface ProxyLifecycle extends Readiness, AutoCloseable {
    /**
     * Listens; clients may connect from the return on. It does not wait for the database: {@link #notReadyReason} tells of one that is away.
     *
     * @throws Exception if it cannot; {@link #close} is called then as well
     */
    void start() throws Exception;

    /** The address that clients connect to, with the port that the system picked where 0 was asked for. After {@link #start}. */
    InetSocketAddress clientAddress();

    /** Whether clients are served at this moment. Any thread. */
    default boolean ready() {
        return notReadyReason().isEmpty();
    }

    /** The configuration as of the last reload; {@code started} is what the process was started with. Any thread. */
    default ProxyConfig config(ProxyConfig started) {
        return started;
    }

    /**
     * Takes no clients any more and returns when the last one has left, or after {@code deadline}. Not on an event loop.
     *
     * @throws InterruptedException if the waiting thread is interrupted; what is left then is for {@link #close}
     */
    void drain(Duration deadline) throws InterruptedException;

    /** What operators can see; null where there is nothing to see. After {@link #start}. */
    default @Nullable ProxyView view() {
        return null;
    }

    /** What operators can do; null where there is nothing to do. After {@link #start}. */
    default @Nullable ProxyControl control(ProxyHost host) {
        return null;
    }

    /** Closes what is left and gives back every thread, socket and permit. Not on an event loop. */
    @Override
    void close();
}
