package io.connbudget.proxy.backend.driver;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Sees the first packets of both sides pass through the facade: masks the greeting, completes the login's flags, keeps what they say. */
final class LoginWatch {
    private final ByteFifo first = new ByteFifo();
    private boolean firstPacketSeen;
    private @Nullable Greeting greeting;
    private int serverErrorCode;
    private int capabilities;

    /**
     * Takes bytes from the server until the first packet is complete.
     *
     * @return what the driver may read, the packet and whatever came behind it; null: not complete yet, or no longer of interest
     */
    byte @Nullable [] serverBytes(byte[] bytes) throws IOException {
        if (firstPacketSeen) {
            return bytes;
        }
        first.append(bytes);
        if (first.size() < Greeting.HEADER_BYTES) {
            return null;
        }
        byte[] packet = first.copy();
        int payload = Greeting.payloadLength(packet);
        if (payload > Greeting.MAX_PAYLOAD_BYTES) {
            throw new IOException(
                    "first packet of " + payload + " bytes, expected at most " + Greeting.MAX_PAYLOAD_BYTES);
        }
        if (packet.length < Greeting.HEADER_BYTES + payload) {
            return null;
        }
        firstPacketSeen = true;
        first.clear();
        serverErrorCode = Greeting.errorCode(packet);
        Greeting parsed = Greeting.parse(packet);
        if (parsed != null) {
            GreetingMask.apply(parsed, packet);
            greeting = parsed;
        }
        return packet;
    }

    /** A packet of the driver, edited in place until the login is sent. */
    void driverPacket(byte[] packet) {
        Greeting seen = greeting;
        if (seen != null && capabilities == 0 && packet.length > Greeting.HEADER_BYTES + 3) {
            capabilities = GreetingMask.addLocalFiles(seen, packet);
        }
    }

    @Nullable Greeting greeting() {
        return greeting;
    }

    /** The code of an ERR that came in place of a greeting, else 0. */
    int serverErrorCode() {
        return serverErrorCode;
    }

    /** The flags in force, SSL left out: it says how the bytes travel, not what they mean. */
    int capabilities() {
        return capabilities & ~GreetingMask.SSL;
    }
}
