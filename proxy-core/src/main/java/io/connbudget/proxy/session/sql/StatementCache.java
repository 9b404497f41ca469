package io.connbudget.proxy.session.sql;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The facts of texts seen before, bounded in entries and bytes. A hit compares all bytes and the dialect, never a hash alone, and
 * allocates nothing.
 *
 * <p>A text is taken in when it is seen for the second time: most texts that carry literals never come again.
 */
final class StatementCache {
    /** Longest text that is looked up, in bytes. */
    static final int LONGEST_TEXT = 4 * 1024;

    private static final int SLOTS = 4096;
    private static final int MOST_BYTES = 4 * 1024 * 1024;
    private static final long MIX = 0x9E3779B97F4A7C15L;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final @Nullable Entry[] entries = new Entry[SLOTS];
    /** Hashes of texts seen once, by slot. */
    private final long[] seen = new long[SLOTS];

    private int bytesHeld;
    /** The hash of the text that was looked up last. */
    private long lastHash;

    @Nullable StatementFacts find(byte[] text, int from, int length, SqlDialect dialect) {
        long hash = hash(text, from, length) ^ dialect.fingerprint() * MIX;
        lastHash = hash;
        Entry entry = entries[slot(hash)];
        if (entry != null
                && entry.hash == hash
                && entry.dialect == dialect.fingerprint()
                && Arrays.equals(entry.text, 0, entry.text.length, text, from, from + length)) {
            return entry.facts;
        }
        return null;
    }

    /** Keeps the facts of the text that {@link #find} has just missed, if it was missed before. */
    void offer(byte[] text, int from, int length, SqlDialect dialect, StatementFacts facts) {
        long hash = lastHash;
        int slot = slot(hash);
        if (seen[slot] != hash) {
            seen[slot] = hash;
            return;
        }
        Entry old = entries[slot];
        if (old != null) {
            bytesHeld -= old.text.length;
            entries[slot] = null;
        }
        if (bytesHeld + length > MOST_BYTES) {
            Arrays.fill(entries, null);
            bytesHeld = 0;
        }
        bytesHeld += length;
        entries[slot] = new Entry(hash, dialect.fingerprint(), Arrays.copyOfRange(text, from, from + length), facts);
    }

    private static int slot(long hash) {
        return (int) (hash >>> 52);
    }

    private static long hash(byte[] text, int from, int length) {
        long hash = length;
        int end = from + length;
        int i = from;
        for (; i + 8 <= end; i += 8) {
            hash = (hash ^ (long) LONGS.get(text, i)) * MIX;
            hash ^= hash >>> 29;
        }
        for (; i < end; i++) {
            hash = (hash ^ text[i]) * MIX;
        }
        return (hash ^ (hash >>> 32)) * MIX;
    }

    private static final class Entry {
        final long hash;
        final long dialect;
        final byte[] text;
        final StatementFacts facts;

        Entry(long hash, long dialect, byte[] text, StatementFacts facts) {
            this.hash = hash;
            this.dialect = dialect;
            this.text = text;
            this.facts = facts;
        }
    }
}
