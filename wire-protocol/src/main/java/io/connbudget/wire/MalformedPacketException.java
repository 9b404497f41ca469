package io.connbudget.wire;

/**
 * Bytes that no packet of the protocol has at this place. The connection they came from cannot be trusted any more.
 * The message says what was found and what was expected, in numbers; never content of the packet.
 */
public class MalformedPacketException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedPacketException(String message) {
        super(message);
    }
}
