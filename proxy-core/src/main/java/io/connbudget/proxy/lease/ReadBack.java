package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.BackendMemory;
import io.connbudget.proxy.session.UnreadState;
import io.connbudget.wire.Command;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.Packets;
import io.connbudget.wire.message.ColumnDefinition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must be read from a backend before another session may have it, because no answer announced it: warnings, the id
 * that LAST_INSERT_ID() gives, the collations behind SET NAMES, flags that MariaDB does not tell apart, user variables. Read in one write, before the lease ends.
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

    /** Changes nothing in the end, and lets MariaDB announce what is due. */
    private static final List<String> CHANGES = List.of("BEGIN", "ROLLBACK AND NO CHAIN NO RELEASE");

    /** One statement and what becomes of its answer. */
    private record Step(String sql, Reader reader) {}

    private interface Reader {
        /** Takes the packets of the answer, which is no error; they are not released here. */
        void read(ByteBuf packets, UnreadState unread);
    }

    private final List<Step> steps = new ArrayList<>(2);
    private int next;
    private boolean keepsSession;
    private boolean readsVariables;
    private boolean usesNextTransaction;

    private ReadBack() {}

    /** Null when there is nothing to read. */
    static @Nullable ReadBack of(UnreadState unread, BackendMemory memory) {
        boolean warnings = unread.leftDiagnostics();
        List<String> flags = unread.unreadFlags();
        // Reading flags that are deprecated brings warnings of its own.
        boolean useTable = (warnings || !flags.isEmpty()) && unread.warningsStay();
        boolean values =
                useTable || unread.collationsUnknown() || unread.lastInsertIdUnknown() || memory.lastInsertId() != 0;
        boolean idGiven = memory.lastInsertId() != 0;
        boolean variables = !unread.unreadVariables().isEmpty();
        boolean announcements = unread.announcementsDue();
        if (!warnings && !values && !variables && flags.isEmpty() && !announcements) {
            return null;
        }
        ReadBack read = new ReadBack();
        read.readsVariables = variables;
        read.keepsSession = variables || !flags.isEmpty();
        if (warnings) {
            // First: the others would clear them.
            read.steps.add(new Step(WARNINGS, ReadBack::warnings));
        }
        if (!flags.isEmpty()) {
            read.steps.add(new Step(flagsQuery(flags), ReadBack::flags));
        }
        if (values) {
            read.steps.add(
                    new Step(useTable ? VALUES_OF_TABLE : VALUES, (packets, into) -> values(packets, into, idGiven)));
        }
        if (variables) {
            VariableReading reading = new VariableReading(unread.unreadVariables());
            read.steps.add(new Step(reading.typesQuery(), reading::types));
            read.steps.add(new Step(
                    reading.valuesQuery(),
                    (packets, into) -> reading.values(packets, charset(into.resultsCharset()), into)));
        }
        if (announcements) {
            CHANGES.forEach(sql -> read.steps.add(new Step(sql, (packets, into) -> into.announcementsCame())));
            read.usesNextTransaction = true;
        }
        return read;
    }

    /**
     * What must be read before a statement is prepared on a backend that its session keeps, so that it is prepared under
     * settings that are known; the warnings before it, which this makes the server forget.
     *
     * @param tables whether a query may name one, which servers refuse past XA END
     */
    static ReadBack ofSettings(UnreadState unread, BackendMemory memory, boolean tables) {
        ReadBack read = new ReadBack();
        read.keepsSession = true;
        boolean warnings = unread.leftDiagnostics();
        if (warnings) {
            read.steps.add(new Step(WARNINGS, ReadBack::warnings));
        }
        List<String> settings = unread.unreadSettings();
        if (!settings.isEmpty()) {
            read.steps.add(new Step(settingsQuery(settings), (packets, into) -> settings(packets, into, settings)));
        }
        boolean idGiven = memory.lastInsertId() != 0;
        read.steps.add(new Step(
                tables && warnings && unread.warningsStay() ? VALUES_OF_TABLE : VALUES,
                (packets, into) -> values(packets, into, idGiven)));
        return read;
    }

    /** Whether the characteristics of the next transaction are used up at the backend. */
    boolean usesNextTransaction() {
        return usesNextTransaction;
    }

    /** Whether the session has state that is lost for good when the backend is lost before it was read. */
    boolean keepsSession() {
        return keepsSession;
    }

    /** Whether user variables are among it: the session's then equal the backend's. */
    boolean readsVariables() {
        return readsVariables;
    }

    /** The statements; the caller owns the buffer. */
    ByteBuf query(ByteBufAllocator allocator) {
        ByteBuf out = allocator.buffer(128);
        for (Step step : steps) {
            int length = out.writerIndex();
            Packets.writeHeader(out, 0, 0);
            out.writeByte(Command.QUERY.code());
            out.writeCharSequence(step.sql(), StandardCharsets.US_ASCII);
            out.setMediumLE(length, out.writerIndex() - length - Packets.HEADER_BYTES);
        }
        return out;
    }

    /** Whether another answer follows the one that is awaited. */
    boolean moreAsked() {
        return next + 1 < steps.size();
    }

    /** Takes one answer that nobody needs any more; returns whether another one follows. */
    boolean skip() {
        next++;
        return next < steps.size();
    }

    /**
     * Takes one answer.
     *
     * @param packets the whole response, not released here
     * @return whether another answer follows
     */
    boolean apply(ByteBuf packets, UnreadState unread) {
        steps.get(next).reader().read(packets, unread);
        return skip();
    }

    private static void warnings(ByteBuf packets, UnreadState unread) {
        byte[] copy = new byte[packets.readableBytes()];
        packets.getBytes(packets.readerIndex(), copy);
        unread.warningsRead(copy);
    }

    private static void values(ByteBuf packets, UnreadState unread, boolean idGiven) {
        // The column count, three column definitions, then the row.
        ByteBuf definition = payload(packets, 2);
        ByteBuf row = payload(packets, 4);
        unread.lastInsertIdRead(
                Long.parseUnsignedLong(LengthEncoded.readString(row, StandardCharsets.US_ASCII)), idGiven);
        unread.collationsRead(
                LengthEncoded.readString(row, charset(unread.resultsCharset())),
                ColumnDefinition.decode(definition).collation());
    }

    /** The payload of the packet with this index, which shares the bytes of {@code packets}. */
    private static ByteBuf payload(ByteBuf packets, int index) {
        int at = packets.readerIndex();
        for (int i = 0; i < index; i++) {
            at += Packets.HEADER_BYTES + Packets.length(packets, at);
        }
        return packets.slice(at + Packets.HEADER_BYTES, Packets.length(packets, at));
    }

    /** One column of zeros and ones. */
    private static String flagsQuery(List<String> names) {
        StringBuilder sql = new StringBuilder("SELECT CONCAT(");
        names.forEach(name -> sql.append("@@session.").append(name).append("+0,"));
        sql.setCharAt(sql.length() - 1, ')');
        return sql.append(" LIMIT 1").toString();
    }

    private static String settingsQuery(List<String> names) {
        StringBuilder sql = new StringBuilder("SELECT ");
        names.forEach(name -> sql.append("@@session.").append(name).append(','));
        sql.setLength(sql.length() - 1);
        return sql.append(" LIMIT 1").toString();
    }

    private static void settings(ByteBuf packets, UnreadState unread, List<String> names) {
        ByteBuf row = payload(packets, names.size() + 1);
        Charset charset = charset(unread.resultsCharset());
        List<String> values = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            if (row.getUnsignedByte(row.readerIndex()) == LengthEncoded.NULL) {
                row.skipBytes(1);
                values.add("");
            } else {
                values.add(LengthEncoded.readString(row, charset));
            }
        }
        unread.settingsRead(names, values);
    }

    private static void flags(ByteBuf packets, UnreadState unread) {
        int at = packets.readerIndex();
        // The column count, one column definition, then the row.
        for (int i = 0; i < 2; i++) {
            at += Packets.HEADER_BYTES + Packets.length(packets, at);
        }
        ByteBuf row = packets.slice(at + Packets.HEADER_BYTES, Packets.length(packets, at));
        String bits = LengthEncoded.readString(row, charset(unread.resultsCharset()));
        unread.flagsRead(bits.chars().mapToObj(bit -> bit == '1').toList(), System.nanoTime());
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
