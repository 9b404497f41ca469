package io.connbudget.proxy.relay;

import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The affected-rows count as a client with CLIENT_FOUND_ROWS expects it, from a backend without it: an UPDATE reports
 * the rows that it matched in its info text ("Rows matched: 3  Changed: 1  Warnings: 0"; FACTS, section 2).
 */
final class FoundRows {
    private static final byte[] MATCHED = "Rows matched: ".getBytes(StandardCharsets.US_ASCII);

    private FoundRows() {}

    static long of(ByteBuf in, OkView ok) {
        int length = ok.infoLength();
        int index = ok.infoIndex();
        if (length <= MATCHED.length) {
            return ok.affectedRows();
        }
        for (int i = 0; i < MATCHED.length; i++) {
            if (in.getByte(index + i) != MATCHED[i]) {
                return ok.affectedRows();
            }
        }
        long matched = 0;
        for (int i = index + MATCHED.length; i < index + length; i++) {
            int digit = in.getByte(i) - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            matched = matched * 10 + digit;
        }
        return matched;
    }
}
