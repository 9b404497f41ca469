package io.connbudget.proxy.backend.driver;

import java.io.IOException;
import java.io.InputStream;

/** What Connector/J reads from. */
final class ChannelInputStream extends InputStream {
    private final DriverStream stream;

    ChannelInputStream(DriverStream stream) {
        this.stream = stream;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
        return stream.read(b, off, len);
    }

    /** Always 0: Connector/J asks only to throw unread bytes away before a command, which would hide that something came unasked. */
    @Override
    public int available() {
        return 0;
    }
}
