package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.sql.StatementDigest;
import io.connbudget.wire.Command;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a client's last statement, kept for operators. It is copied into one array for each client, so noting costs no allocation.
 * Owned by the client's event loop.
 */
final class CommandNote {
    /** Bytes of a statement that are kept. */
    private static final int KEPT = 256;

    private static final int DIGEST_CHARACTERS = 200;

    private byte @Nullable [] text;
    private int length;
    private @Nullable StatementText prepared;
    private Command command = Command.UNKNOWN;
    private long beganNanos;
    private long endedNanos;

    /** A command begins. */
    void begin(Command begun, long nowNanos) {
        command = begun;
        prepared = null;
        length = 0;
        beganNanos = nowNanos;
        endedNanos = nowNanos;
    }

    /** Its text; the buffer's indexes stay. */
    void text(ByteBuf packet, int at, int bytes) {
        byte[] kept = text;
        if (kept == null) {
            kept = new byte[KEPT];
            text = kept;
        }
        length = Math.min(bytes, KEPT);
        packet.getBytes(at, kept, 0, length);
    }

    /** The prepared statement that it executes; null where the client has no such statement. */
    void executes(@Nullable ClientStatement statement) {
        prepared = statement == null ? null : statement.text();
    }

    /** Its answer went out, and the client holds a backend. */
    void ended(long nowNanos) {
        endedNanos = nowNanos;
    }

    /** Monotonic; 0 before the first command. */
    long beganNanos() {
        return beganNanos;
    }

    /** Since when the client is silent, while it holds a backend; monotonic. */
    long endedNanos() {
        return endedNanos;
    }

    /** The text without literals, or the command's name. */
    String digest() {
        StatementText statement = prepared;
        byte[] kept = text;
        if (statement != null) {
            byte[] sql = statement.sql();
            return StatementDigest.of(
                    new String(sql, 0, Math.min(sql.length, KEPT), StandardCharsets.UTF_8), DIGEST_CHARACTERS);
        }
        if (kept != null && length > 0) {
            return StatementDigest.of(new String(kept, 0, length, StandardCharsets.UTF_8), DIGEST_CHARACTERS);
        }
        return beganNanos == 0 ? "" : command.name();
    }
}
