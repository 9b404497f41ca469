package io.connbudget.proxy.backend.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The blocking byte stream that Connector/J sees. Bytes come in on the event loop, calls on threads of HikariCP; a call on an event loop
 * is refused, since it would wait for itself. Refuses every call while a relay has the channel.
 *
 * <p>Strict where a socket is not: a write while unread bytes wait means that something came unasked, and breaks the connection for good.
 */
final class DriverStream {
    /** Above this, reading from the server stops until the driver has read. */
    static final int HIGH_WATER_BYTES = 1 << 20;
    /** For a write where the driver set no time-out: its packets are small, so a server that takes none is gone. */
    private static final long WRITE_TIMEOUT_MILLIS = 15_000;

    private final Channel channel;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ByteFifo inbound = new ByteFifo();
    private final LoginWatch login = new LoginWatch();
    private final long loginDeadlineNanos;
    private boolean loggingIn = true;
    private boolean suspended;
    private boolean endOfStream;
    private int callsInFlight;
    /** Why the conversation can no longer be trusted; never cleared. */
    private @Nullable IOException broken;

    private volatile boolean closed;
    private volatile int soTimeoutMillis;

    DriverStream(Channel channel, long loginDeadlineNanos) {
        this.channel = channel;
        this.loginDeadlineNanos = loginDeadlineNanos;
    }

    LoginWatch login() {
        return login;
    }

    boolean closed() {
        return closed;
    }

    int soTimeoutMillis() {
        return soTimeoutMillis;
    }

    void soTimeoutMillis(int millis) throws SocketException {
        lock.lock();
        try {
            if (suspended) {
                throw new SocketException("driver call while the connection is leased");
            }
            soTimeoutMillis = millis;
        } finally {
            lock.unlock();
        }
    }

    /** Unread bytes. */
    int buffered() {
        lock.lock();
        try {
            return inbound.size();
        } finally {
            lock.unlock();
        }
    }

    // -- the driver's threads

    /** Blocks until there is a byte. @return count, or -1 after the server's FIN */
    int read(byte[] target, int offset, int length) throws IOException {
        refuseEventLoop();
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            refuseIfSuspended();
            callsInFlight++;
            try {
                long soDeadline = soTimeoutMillis == 0
                        ? Long.MAX_VALUE
                        : System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(soTimeoutMillis);
                while (inbound.size() == 0) {
                    IOException failure = broken;
                    if (failure != null) {
                        throw new IOException(failure.getMessage(), failure);
                    }
                    if (closed) {
                        throw new SocketException("Socket closed");
                    }
                    if (endOfStream) {
                        return -1;
                    }
                    awaitChange(soDeadline);
                }
                int count = inbound.read(target, offset, length);
                if (inbound.size() < HIGH_WATER_BYTES / 2 && !channel.config().isAutoRead()) {
                    channel.config().setAutoRead(true);
                }
                return count;
            } finally {
                callsInFlight--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends one packet and blocks until it is in the socket's buffer. */
    void write(byte[] packet) throws IOException {
        refuseEventLoop();
        lock.lock();
        try {
            refuseIfSuspended();
            IOException failure = broken;
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
            if (closed || endOfStream) {
                throw new SocketException("Socket closed");
            }
            if (inbound.size() > 0) {
                throw fail(new IOException(inbound.size() + " bytes came unasked from the server"));
            }
            if (loggingIn) {
                login.driverPacket(packet);
            }
            callsInFlight++;
        } finally {
            lock.unlock();
        }
        try {
            send(packet);
        } finally {
            lock.lock();
            try {
                callsInFlight--;
            } finally {
                lock.unlock();
            }
        }
    }

    private void send(byte[] packet) throws IOException {
        ChannelFuture written = channel.writeAndFlush(Unpooled.wrappedBuffer(packet));
        try {
            if (!written.await(soTimeoutMillis > 0 ? soTimeoutMillis : WRITE_TIMEOUT_MILLIS)) {
                throw fail(new SocketTimeoutException("Write timed out"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fail(new IOException("interrupted while writing", e));
        }
        if (!written.isSuccess()) {
            throw fail(new IOException("write failed: " + written.cause().getMessage(), written.cause()));
        }
    }

    /** Waits for a change, or none; lock held. */
    @SuppressWarnings("WaitNotInLoop") // The caller loops.
    private void awaitChange(long soDeadline) throws IOException {
        try {
            long deadline = loggingIn ? earlier(soDeadline, loginDeadlineNanos) : soDeadline;
            if (deadline == Long.MAX_VALUE) {
                changed.await();
            } else if (changed.awaitNanos(deadline - System.nanoTime()) <= 0 && inbound.size() == 0) {
                // The answer may still come, so what follows on this connection could be mistaken for it.
                throw fail(new SocketTimeoutException("Read timed out"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fail(new IOException("interrupted while reading", e));
        }
    }

    private static long earlier(long soDeadline, long loginDeadline) {
        return soDeadline == Long.MAX_VALUE || soDeadline - loginDeadline > 0 ? loginDeadline : soDeadline;
    }

    private void refuseIfSuspended() throws IOException {
        if (suspended) {
            throw new SocketException("driver call while the connection is leased");
        }
    }

    private void refuseEventLoop() {
        for (EventExecutor loop : channel.eventLoop().parent() == null
                ? channel.eventLoop()
                : channel.eventLoop().parent()) {
            if (loop.inEventLoop()) {
                throw new IllegalStateException("blocking driver call on event loop "
                        + Thread.currentThread().getName());
            }
        }
    }

    // -- the event loop

    /** Copies the bytes; the caller releases. Fails if they cannot be the beginning of a MySQL conversation. */
    void received(ByteBuf buffer) throws IOException {
        lock.lock();
        try {
            if (loggingIn) {
                byte[] bytes = new byte[buffer.readableBytes()];
                buffer.readBytes(bytes);
                byte[] readable = login.serverBytes(bytes);
                if (readable != null) {
                    inbound.append(readable);
                }
            } else {
                inbound.append(buffer);
            }
            if (inbound.size() > HIGH_WATER_BYTES) {
                channel.config().setAutoRead(false);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Shuts the driver out. @return false, and nothing changed, if it is in a call, has unread bytes or is broken */
    boolean suspend() {
        lock.lock();
        try {
            if (callsInFlight > 0 || inbound.size() > 0 || broken != null || closed || endOfStream || loggingIn) {
                return false;
            }
            suspended = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the driver in again. */
    void resume() {
        lock.lock();
        try {
            suspended = false;
        } finally {
            lock.unlock();
        }
    }

    // -- any thread

    void endLogin() {
        lock.lock();
        try {
            loggingIn = false;
        } finally {
            lock.unlock();
        }
    }

    void endOfStream() {
        lock.lock();
        try {
            endOfStream = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void markClosed() {
        lock.lock();
        try {
            closed = true;
            inbound.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Breaks the conversation for good; the first reason is kept. @return {@code reason}, to be thrown */
    IOException fail(IOException reason) {
        lock.lock();
        try {
            if (broken == null) {
                broken = reason;
            }
            changed.signalAll();
            return reason;
        } finally {
            lock.unlock();
        }
    }
}
