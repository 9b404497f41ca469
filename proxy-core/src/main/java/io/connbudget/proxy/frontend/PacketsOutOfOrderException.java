package io.connbudget.proxy.frontend;

import io.connbudget.wire.MalformedPacketException;

/** A packet's sequence id is not the one that must come next. */
final class PacketsOutOfOrderException extends MalformedPacketException {
    private final int got;
    private final int expected;

    PacketsOutOfOrderException(int got, int expected) {
        super("packet with sequence id " + got + ", expected " + expected);
        this.got = got;
        this.expected = expected;
    }

    int got() {
        return got;
    }

    int expected() {
        return expected;
    }
}
