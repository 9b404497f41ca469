package io.connbudget.proxy.backend.driver;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/** What Connector/J writes to: exactly one packet per call. */
final class ChannelOutputStream extends OutputStream {
    private final DriverStream stream;

    ChannelOutputStream(DriverStream stream) {
        this.stream = stream;
    }

    @Override
    public void write(int b) throws IOException {
        stream.write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
        if (len > 0) {
            stream.write(Arrays.copyOfRange(b, off, off + len));
        }
    }
}
