package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.LastStatement;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.wire.Command;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Answers to statements that ask for nothing but what the session knows itself: its connection id, and what its last
 * statement left. A statement is recognised by its whole text; anything longer or else goes to a server.
 *
 * <p>Definitions are those that the servers give (MySQL 9.7, MariaDB 10.11).
 */
final class LocalAnswers {
    private static final int MAX_BYTES = 256;
    private static final String ITEM =
            "(?:(ROW_COUNT|FOUND_ROWS|LAST_INSERT_ID|CONNECTION_ID)\\s*\\(\\s*\\)|@@(?:(?:SESSION|LOCAL)\\s*\\.\\s*)?"
                    + "(WARNING_COUNT|ERROR_COUNT|LAST_INSERT_ID|IDENTITY|PSEUDO_THREAD_ID))";
    private static final String ALIAS = "(?:\\s+AS\\s+([A-Z_][A-Z0-9_]*))?";
    private static final Pattern FIRST =
            Pattern.compile("\\s*SELECT\\s*(" + ITEM + ")" + ALIAS + "\\s*", Pattern.CASE_INSENSITIVE);
    private static final Pattern NEXT =
            Pattern.compile(",\\s*(" + ITEM + ")" + ALIAS + "\\s*", Pattern.CASE_INSENSITIVE);
    private static final Pattern SHOW = Pattern.compile(
            "\\s*SHOW\\s+(WARNINGS|ERRORS)(?:\\s+LIMIT\\s+(\\d{1,9})(?:\\s*,\\s*(\\d{1,9}))?)?\\s*;?\\s*",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern COUNT =
            Pattern.compile("\\s*SHOW\\s+COUNT\\(\\*\\)\\s+(WARNINGS|ERRORS)\\s*;?\\s*", Pattern.CASE_INSENSITIVE);

    private static final Pattern FOUND_ROWS = Pattern.compile("FOUND_ROWS\\s*\\(", Pattern.CASE_INSENSITIVE);
    /** What sql_select_limit = DEFAULT sets, as drivers do behind a statement that they have limited. */
    private static final String NO_LIMIT = "18446744073709551615";
    /** The version, as conditional comments write it. */
    private static final int FOUND_ROWS_DEPRECATED = 80017;

    private static final int STATEMENT_ID_BYTES = 4;
    private static final int NO_CURSOR = 0;
    private static final int NOT_NULL = 1;
    private static final int UNSIGNED = 0x20;
    private static final int BINARY = 0x80;
    private static final int LONG = 3;
    private static final int LONGLONG = 8;
    private static final int BINARY_COLLATION = 63;
    /** Every server keeps more messages than this by default. */
    private static final int SURELY_KEPT = 64;

    private record Column(String name, int type, int length, int flags, long value) {}

    private final ClientSession session;
    private final ServerProfile profile;
    private final boolean mariaDb;

    LocalAnswers(ClientSession session, ServerProfile profile) {
        this.session = session;
        this.profile = profile;
        this.mariaDb = profile.mariaDb();
    }

    /**
     * The answer in packets as a backend sends them; null where there is none. The session then has what the statement
     * itself leaves.
     */
    byte @Nullable [] answer(PendingCommand pending) {
        String sql = sql(pending);
        if (sql == null || !usual()) {
            return null;
        }
        boolean binary = pending.command == Command.STMT_EXECUTE;
        byte[] shown = binary ? null : shown(sql);
        if (shown != null) {
            session.last().answeredShow();
            return shown;
        }
        List<Column> columns = columns(sql);
        if (columns.isEmpty()) {
            return null;
        }
        // Of a prepared statement its preparation has warned.
        int warned = binary ? 0 : deprecated(sql);
        byte[] row = encode(columns, binary, warned);
        if (COUNT.matcher(sql).matches()) {
            session.last().answeredCount();
        } else {
            session.last().answeredSelect(warned > 0);
        }
        return row;
    }

    /** The text of a query, or of a statement without parameters that is executed without a cursor; null where it is neither. */
    private static @Nullable String sql(PendingCommand pending) {
        ByteBuf packet = pending.packet;
        if (packet == null || packet.readableBytes() > MAX_BYTES) {
            return null;
        }
        int skip = Packets.HEADER_BYTES + 1;
        if (pending.command == Command.QUERY) {
            return packet.toString(
                    packet.readerIndex() + skip, packet.readableBytes() - skip, StandardCharsets.ISO_8859_1);
        }
        ClientStatement statement = pending.statement;
        if (pending.command != Command.STMT_EXECUTE
                || statement == null
                || statement.parameters() > 0
                || statement.own() != null
                || packet.getByte(packet.readerIndex() + skip + STATEMENT_ID_BYTES) != NO_CURSOR) {
            return null;
        }
        byte[] sql = statement.text().sql();
        return sql.length <= MAX_BYTES ? new String(sql, StandardCharsets.ISO_8859_1) : null;
    }

    /** Whether no setting changes how many rows or in which character set a name comes. */
    private boolean usual() {
        SessionState state = session.state();
        String results = state.get(SessionState.CHARACTER_SET_RESULTS);
        String limit = state.get("sql_select_limit");
        return (limit == null || limit.equals(NO_LIMIT))
                && results != null
                && !results.startsWith("utf16")
                && !results.startsWith("utf32")
                && !results.equals("ucs2");
    }

    private byte @Nullable [] shown(String sql) {
        Matcher show = SHOW.matcher(sql);
        byte[] kept = session.last().warnings();
        if (!show.matches() || kept == null || session.last().diagnosticsUncertain()) {
            return null;
        }
        boolean errorsOnly = show.group(1).equalsIgnoreCase("ERRORS");
        String first = show.group(2);
        String second = show.group(3);
        long offset = second == null ? 0 : Long.parseLong(first);
        long limit = second != null ? Long.parseLong(second) : first != null ? Long.parseLong(first) : Long.MAX_VALUE;
        return new KeptWarnings(kept).answer(errorsOnly, offset, limit);
    }

    private List<Column> columns(String sql) {
        List<Column> columns = new ArrayList<>(1);
        Matcher count = COUNT.matcher(sql);
        if (count.matches()) {
            String name = count.group(1).equalsIgnoreCase("ERRORS") ? "error_count" : "warning_count";
            return add(columns, "@@session." + name, name.toUpperCase(Locale.ROOT), true) ? columns : List.of();
        }
        Matcher item = FIRST.matcher(sql);
        boolean found = item.lookingAt();
        int end = 0;
        while (found) {
            String alias = item.group(4);
            String function = item.group(2);
            String what = function != null ? function : item.group(3);
            if (!add(columns, alias != null ? alias : item.group(1), what.toUpperCase(Locale.ROOT), function == null)) {
                return List.of();
            }
            end = item.end();
            item = NEXT.matcher(sql).region(end, sql.length());
            found = item.lookingAt();
        }
        String rest = sql.substring(end);
        return rest.isEmpty() || rest.equals(";") ? columns : List.of();
    }

    private boolean add(List<Column> columns, String name, String what, boolean variable) {
        LastStatement last = session.last();
        long value =
                switch (what) {
                    case "ROW_COUNT" -> last.rowCount();
                    case "FOUND_ROWS" -> last.foundRows();
                    case "WARNING_COUNT" -> diagnostics(false);
                    case "ERROR_COUNT" -> diagnostics(true);
                    case "CONNECTION_ID", "PSEUDO_THREAD_ID" -> session.connectionId();
                    // While a backend is held, an id may have been generated there that was not read yet.
                    default -> session.pins().isEmpty() ? session.lastInsertId() : LastStatement.UNKNOWN;
                };
        if (value == LastStatement.UNKNOWN) {
            return false;
        }
        boolean shortId = what.equals("CONNECTION_ID") && mariaDb;
        boolean signed = what.equals("ROW_COUNT") || what.equals("FOUND_ROWS");
        int flags = BINARY | (variable ? 0 : NOT_NULL) | (signed ? 0 : UNSIGNED);
        columns.add(new Column(name, shortId ? LONG : LONGLONG, shortId ? 10 : 21, flags, value));
        return true;
    }

    private long diagnostics(boolean errors) {
        LastStatement last = session.last();
        if (last.diagnosticsUncertain()
                || last.diagnosticsLeft()
                || session.state().get("max_error_count") != null) {
            return LastStatement.UNKNOWN;
        }
        byte[] kept = last.warnings();
        if (kept == null) {
            return 0;
        }
        KeptWarnings warnings = new KeptWarnings(kept);
        // A full list says nothing of those that had no place in it.
        return warnings.count(false) >= SURELY_KEPT ? LastStatement.UNKNOWN : warnings.count(errors);
    }

    /** MySQL warns of each FOUND_ROWS(). */
    private int deprecated(String sql) {
        return mariaDb || profile.versionNumber() < FOUND_ROWS_DEPRECATED
                ? 0
                : (int) FOUND_ROWS.matcher(sql).results().count();
    }

    private byte[] encode(List<Column> columns, boolean binary, int warned) {
        ByteBuf out = Unpooled.buffer(128);
        int sequence = 1;
        Packets.writeHeader(out, 1, sequence++);
        out.writeByte(columns.size());
        for (Column column : columns) {
            ByteBuf definition = Unpooled.buffer(64);
            LengthEncoded.writeString(definition, "def", StandardCharsets.US_ASCII);
            // No schema, table, original table; and no original name below.
            definition.writeZero(3);
            LengthEncoded.writeString(definition, column.name(), StandardCharsets.ISO_8859_1);
            definition.writeByte(0).writeByte(0x0c).writeShortLE(BINARY_COLLATION);
            definition.writeIntLE(column.length()).writeByte(column.type()).writeShortLE(column.flags());
            definition.writeZero(3);
            packet(out, sequence++, definition);
        }
        packet(out, sequence++, binary ? binaryRow(columns) : textRow(columns));
        ByteBuf end = Unpooled.buffer(8);
        end.writeByte(0xfe).writeZero(2).writeShortLE(session.status()).writeShortLE(warned);
        packet(out, sequence, end);
        byte[] packets = new byte[out.readableBytes()];
        out.readBytes(packets);
        return packets;
    }

    private static ByteBuf textRow(List<Column> columns) {
        ByteBuf row = Unpooled.buffer(32);
        for (Column column : columns) {
            String text = column.flags() == (BINARY | NOT_NULL)
                    ? Long.toString(column.value())
                    : Long.toUnsignedString(column.value());
            LengthEncoded.writeString(row, text, StandardCharsets.US_ASCII);
        }
        return row;
    }

    private static ByteBuf binaryRow(List<Column> columns) {
        ByteBuf row = Unpooled.buffer(32);
        // A header, then a bit for each NULL behind two that are not used.
        row.writeByte(0).writeZero((columns.size() + 2 + 7) / 8);
        for (Column column : columns) {
            if (column.type() == LONG) {
                row.writeIntLE((int) column.value());
            } else {
                row.writeLongLE(column.value());
            }
        }
        return row;
    }

    private static void packet(ByteBuf out, int sequence, ByteBuf payload) {
        Packets.writeHeader(out, payload.readableBytes(), sequence);
        out.writeBytes(payload);
    }
}
