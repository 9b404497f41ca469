package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.BackendMemory;
import io.connbudget.proxy.session.SessionFold;
import io.connbudget.wire.Command;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What must be read from a backend before another session may have it, because no answer announced it: warnings, the id
 * that LAST_INSERT_ID() gives, the collation behind SET NAMES. Read in one write, before the lease ends.
 *
 * <p>LAST_INSERT_ID() is set to zero in the same statement. A backend thus never shows one client's id to another, and an
 * id read later is known to come from the session that had the backend.
 */
final class ReadBack {
    private static final String WARNINGS = "SHOW WARNINGS";
    /** The limit overrides the session's. */
    private static final String VALUES =
            "SELECT LAST_INSERT_ID(),@@session.collation_connection,LAST_INSERT_ID(0) LIMIT 1";
    /** On MariaDB only the use of a table makes the warnings that were read go away. */
    private static final String VALUES_OF_TABLE =
            "SELECT LAST_INSERT_ID(),@@session.collation_connection,LAST_INSERT_ID(0) FROM (SELECT 1) AS d LIMIT 1";

    private boolean warnings;
    private final boolean values;
    private final boolean useTable;

    private ReadBack(boolean warnings, boolean values, boolean useTable) {
        this.warnings = warnings;
        this.values = values;
        this.useTable = useTable;
    }

    /** Null when there is nothing to read. */
    static @Nullable ReadBack of(SessionFold fold, BackendMemory memory) {
        boolean warnings = fold.leftDiagnostics();
        boolean useTable = warnings && fold.warningsStay();
        boolean values =
                useTable || fold.collationUnknown() || fold.lastInsertIdUnknown() || memory.lastInsertId() != 0;
        return warnings || values ? new ReadBack(warnings, values, useTable) : null;
    }

    /** The statements; the caller owns the buffer. */
    ByteBuf query(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(128);
        if (warnings) {
            // First: the other one would clear them.
            write(out, WARNINGS);
        }
        if (values) {
            write(out, useTable ? VALUES_OF_TABLE : VALUES);
        }
        return out;
    }

    private static void write(ByteBuf out, String sql) {
        Packets.writeHeader(out, sql.length() + 1, 0);
        out.writeByte(Command.QUERY.code());
        out.writeCharSequence(sql, StandardCharsets.US_ASCII);
    }

    /** Whether another answer follows the one that is awaited. */
    boolean moreAsked() {
        return warnings && values;
    }

    /** Takes one answer that nobody needs any more; returns whether another one follows. */
    boolean skip() {
        boolean more = moreAsked();
        warnings = false;
        return more;
    }

    /**
     * Takes one answer.
     *
     * @param packets the whole response, not released here
     * @return whether another answer follows
     */
    boolean apply(ByteBuf packets, SessionFold fold) {
        if (warnings) {
            warnings = false;
            byte[] copy = new byte[packets.readableBytes()];
            packets.getBytes(packets.readerIndex(), copy);
            fold.warningsRead(copy);
            return values;
        }
        int at = packets.readerIndex();
        // The column count, three column definitions, then the row.
        for (int i = 0; i < 4; i++) {
            at += Packets.HEADER_BYTES + Packets.length(packets, at);
        }
        ByteBuf row = packets.slice(at + Packets.HEADER_BYTES, Packets.length(packets, at));
        fold.lastInsertIdRead(Long.parseUnsignedLong(LengthEncoded.readString(row, StandardCharsets.US_ASCII)));
        fold.collationRead(LengthEncoded.readString(row, charset(fold.resultsCharset())));
        return false;
    }

    private static Charset charset(@Nullable String results) {
        return switch (results == null ? "" : results) {
            case "utf16", "ucs2" -> StandardCharsets.UTF_16BE;
            case "utf16le" -> StandardCharsets.UTF_16LE;
            case "utf32" -> Charset.forName("UTF-32BE");
            default -> StandardCharsets.US_ASCII;
        };
    }
}
