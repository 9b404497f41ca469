package io.connbudget.proxy.relay;

import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The affected-rows count as a client with CLIENT_FOUND_ROWS expects it, from a backend without it (FACTS, section 2).
 *
 * <p>An UPDATE reports the rows that it matched in its info text, as its first number: "Rows matched: 3  Changed: 1  Warnings:
 * 0", in the language of {@code lc_messages}. INSERT ... ON DUPLICATE KEY UPDATE counts a row that it inserts once, one that it
 * changes twice, and one that it leaves as it is not at all, but once for such a client; of more than one row "Records: 3
 * Duplicates: 1  Warnings: 0" tells how many were changed.
 */
public final class FoundRows {
    /** What a command counts. */
    public enum Counting {
        /** Not known: an UPDATE is recognised by its info text. */
        ANY,
        UPDATE,
        /** INSERT ... ON DUPLICATE KEY UPDATE. */
        UPSERT,
        /** INSERT IGNORE ... ON DUPLICATE KEY UPDATE: its second number is of the rows that were neither inserted nor changed. */
        UPSERT_IGNORE
    }

    private static final byte[] MATCHED = "Rows matched: ".getBytes(StandardCharsets.US_ASCII);

    private FoundRows() {}

    static long of(ByteBuf in, OkView ok, Counting counting) {
        return switch (counting) {
            case ANY -> startsWithMatched(in, ok) ? number(in, ok, 0) : ok.affectedRows();
            case UPDATE -> ok.infoLength() > 0 ? number(in, ok, 0) : ok.affectedRows();
            case UPSERT, UPSERT_IGNORE -> ok.affectedRows() + unchanged(in, ok, counting);
        };
    }

    private static long unchanged(ByteBuf in, OkView ok, Counting counting) {
        if (ok.infoLength() == 0) {
            return ok.affectedRows() == 0 ? 1 : 0;
        }
        long second = number(in, ok, 1);
        if (counting == Counting.UPSERT_IGNORE) {
            return second;
        }
        long inserted = ok.affectedRows() - 2 * second;
        return Math.max(0, number(in, ok, 0) - inserted - second);
    }

    /** The info text for a client that is told {@code affected} rows; null where it is the same. */
    static byte @Nullable [] info(ByteBuf in, OkView ok, Counting counting, long affected) {
        long more = affected - ok.affectedRows();
        if (counting != Counting.UPSERT || more == 0 || ok.infoLength() == 0) {
            return null;
        }
        String text = in.toString(ok.infoIndex(), ok.infoLength(), StandardCharsets.ISO_8859_1);
        int from = begin(in, ok, 1) - ok.infoIndex();
        int to = from;
        while (to < text.length() && Character.isDigit(text.charAt(to))) {
            to++;
        }
        String changed = text.substring(0, from) + (number(in, ok, 1) + more) + text.substring(to);
        return changed.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean startsWithMatched(ByteBuf in, OkView ok) {
        if (ok.infoLength() <= MATCHED.length) {
            return false;
        }
        for (int i = 0; i < MATCHED.length; i++) {
            if (in.getByte(ok.infoIndex() + i) != MATCHED[i]) {
                return false;
            }
        }
        return true;
    }

    /** A number of the info text, the first one being number 0; 0 where there are not so many. */
    private static long number(ByteBuf in, OkView ok, int which) {
        long value = 0;
        for (int i = begin(in, ok, which); i < end(ok) && digit(in, i); i++) {
            value = value * 10 + in.getByte(i) - '0';
        }
        return value;
    }

    private static int begin(ByteBuf in, OkView ok, int which) {
        int seen = 0;
        for (int i = ok.infoIndex(); i < end(ok); i++) {
            boolean first = digit(in, i) && (i == ok.infoIndex() || !digit(in, i - 1));
            if (first && seen++ == which) {
                return i;
            }
        }
        return end(ok);
    }

    private static int end(OkView ok) {
        return ok.infoIndex() + ok.infoLength();
    }

    private static boolean digit(ByteBuf in, int index) {
        byte octet = in.getByte(index);
        return octet >= '0' && octet <= '9';
    }
}
