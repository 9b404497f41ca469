package io.connbudget.proxy.backend.driver;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;

/** The socket that Connector/J sees without TLS; it overrides what Connector/J calls (FACTS: nothing else is called). */
@SuppressWarnings(
        "UnsynchronizedOverridesSynchronized") // No state of Socket is used; a close must not wait for a read.
final class ChannelSocket extends Socket {
    private final AdoptedChannel adopted;

    ChannelSocket(AdoptedChannel adopted) {
        this.adopted = adopted;
    }

    @Override
    public InputStream getInputStream() {
        return new ChannelInputStream(adopted.driver());
    }

    @Override
    public OutputStream getOutputStream() {
        return new ChannelOutputStream(adopted.driver());
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        adopted.driver().soTimeoutMillis(timeout);
    }

    @Override
    public int getSoTimeout() {
        return adopted.driver().soTimeoutMillis();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isClosed() {
        return adopted.driver().closed();
    }

    /** Connector/J calls it before COM_QUIT; the server's FIN must still be seen. */
    @Override
    public void shutdownInput() {}

    @Override
    public void close() {
        adopted.abort();
    }

    @Override
    public String toString() {
        return "ChannelSocket[" + adopted + "]";
    }
}
