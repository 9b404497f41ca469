package io.connbudget.proxy.frontend;

import io.connbudget.wire.MalformedPacketException;

/** A command is longer than the configuration allows. */
final class PacketTooLargeException extends MalformedPacketException {
    private final long gotBytes;
    private final long limitBytes;

    PacketTooLargeException(long gotBytes, long limitBytes) {
        super("a command of " + gotBytes + " bytes, expected at most " + limitBytes);
        this.gotBytes = gotBytes;
        this.limitBytes = limitBytes;
    }

    long gotBytes() {
        return gotBytes;
    }

    long limitBytes() {
        return limitBytes;
    }
}
