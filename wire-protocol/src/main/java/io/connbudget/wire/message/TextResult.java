package io.connbudget.wire.message;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.Message;
import io.connbudget.wire.Packets;
import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** A whole text result set that the proxy gives itself. */
public record TextResult(List<ColumnDefinition> columns, List<TextRow> rows) {
    public TextResult {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
        int width = columns.size();
        if (width == 0 || rows.stream().anyMatch(row -> row.values().size() != width)) {
            throw new IllegalArgumentException("rows or columns of another number than the " + width + " columns");
        }
    }

    /**
     * Appends all packets of the result, the first with the sequence number given, to {@code out}, which the caller keeps.
     *
     * @param capabilities those negotiated with the client; DEPRECATE_EOF counts
     * @return the sequence number, 0 to 255, that a further packet would have
     */
    public int write(ByteBuf out, int sequence, int capabilities, int status) {
        boolean deprecateEof = Capabilities.has(capabilities, Capabilities.DEPRECATE_EOF);
        int next = sequence;
        Packets.append(out, next++, buffer -> LengthEncoded.writeInteger(buffer, columns.size()));
        for (ColumnDefinition column : columns) {
            Packets.append(out, next++, column);
        }
        Message eof = new EofPacket(0, status);
        if (!deprecateEof) {
            Packets.append(out, next++, eof);
        }
        for (TextRow row : rows) {
            Packets.append(out, next++, row);
        }
        Packets.append(out, next++, deprecateEof ? new OkPacket(OkView.EOF, 0, 0, status, 0, new byte[0]) : eof);
        return next & 0xFF;
    }
}
