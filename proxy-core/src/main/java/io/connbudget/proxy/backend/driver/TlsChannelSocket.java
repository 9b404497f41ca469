package io.connbudget.proxy.backend.driver;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * The socket that Connector/J sees above TLS. It must be an SSLSocket: by that class alone Connector/J decides that a password may be
 * sent in clear text. TLS itself is Netty's, so every TLS setting here is fixed.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // See ChannelSocket.
final class TlsChannelSocket extends SSLSocket {
    private static final String[] NONE = {};

    private final AdoptedChannel adopted;

    TlsChannelSocket(AdoptedChannel adopted) {
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

    @Override
    public void shutdownInput() {}

    @Override
    public void close() {
        adopted.abort();
    }

    @Override
    public String toString() {
        return "TlsChannelSocket[" + adopted + "]";
    }

    @Override
    public SSLSession getSession() {
        throw new UnsupportedOperationException("TLS is Netty's");
    }

    @Override
    public void startHandshake() {}

    @Override
    public String[] getSupportedCipherSuites() {
        return NONE;
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return NONE;
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {}

    @Override
    public String[] getSupportedProtocols() {
        return NONE;
    }

    @Override
    public String[] getEnabledProtocols() {
        return NONE;
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {}

    @Override
    public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {}

    @Override
    public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {}

    @Override
    public void setUseClientMode(boolean mode) {}

    @Override
    public boolean getUseClientMode() {
        return true;
    }

    @Override
    public void setNeedClientAuth(boolean need) {}

    @Override
    public boolean getNeedClientAuth() {
        return false;
    }

    @Override
    public void setWantClientAuth(boolean want) {}

    @Override
    public boolean getWantClientAuth() {
        return false;
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {}

    @Override
    public boolean getEnableSessionCreation() {
        return true;
    }
}
