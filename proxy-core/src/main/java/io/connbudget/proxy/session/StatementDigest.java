package io.connbudget.proxy.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The beginning of a session's last statement, for an operator who asks what a client does. Kept as bytes, since that costs
 * a copy of at most {@value #KEPT_BYTES} bytes a statement; literals are taken out when it is read. Owned by the client's
 * event loop.
 */
public final class StatementDigest {
    private static final int KEPT_BYTES = 128;

    private final byte[] kept = new byte[KEPT_BYTES];
    private int length;
    private boolean cut;

    /** Keeps the beginning of a statement; changes neither index of the buffer. */
    public void keep(ByteBuf packet, int at, int bytes) {
        length = Math.min(bytes, KEPT_BYTES);
        cut = bytes > KEPT_BYTES;
        packet.getBytes(at, kept, 0, length);
    }

    /** Keeps the beginning of a prepared statement. */
    public void keep(byte[] sql) {
        length = Math.min(sql.length, KEPT_BYTES);
        cut = sql.length > KEPT_BYTES;
        System.arraycopy(sql, 0, kept, 0, length);
    }

    /** The statement without literals and comments; empty before the first. */
    public String text() {
        String sql = new String(kept, 0, length, StandardCharsets.UTF_8);
        return io.connbudget.proxy.session.sql.StatementDigest.of(sql, KEPT_BYTES) + (cut ? "..." : "");
    }
}
