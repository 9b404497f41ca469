package io.connbudget.wire.response;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.LengthEncoded;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.netty.buffer.ByteBuf;

/**
 * Puts the OK and EOF packets of a backend into the form that a client negotiated, whatever the backend has of
 * DEPRECATE_EOF and SESSION_TRACK. Whole packets, header included, are appended to {@code out}; no buffer is kept or
 * released.
 *
 * <p>Without SESSION_TRACK the session-state block is dropped and the status loses SESSION_STATE_CHANGED; the info keeps its
 * length, as real servers send it. What an EOF has no room for is lost to a client with SESSION_TRACK alone.
 */
public final class EofTranslation {
    private EofTranslation() {}

    /**
     * Whether a client with these capabilities can be given the very bytes of the packet, but for its sequence number.
     * A header of {@link OkView#EOF} counts as the end of rows, or as the EOF that answers a command.
     */
    public static boolean okPassesUnchanged(OkView ok, int clientCapabilities) {
        if (ok.header() == OkView.EOF
                && ok.isEof() == Capabilities.has(clientCapabilities, Capabilities.DEPRECATE_EOF)) {
            return false;
        }
        // Real servers set the flag in an EOF as a hint, but an EOF of ours never promises what it cannot hold.
        boolean mayCarryState = !ok.isEof() && Capabilities.has(clientCapabilities, Capabilities.SESSION_TRACK);
        return mayCarryState || !ok.hasStatus(ServerStatus.SESSION_STATE_CHANGED);
    }

    /**
     * Appends the OK of a statement.
     *
     * @param in the buffer that {@code ok} was read from, still as it was
     * @param affectedRows in place of what the backend counted, for a client with FOUND_ROWS
     */
    public static void writeOk(
            ByteBuf out, int sequence, ByteBuf in, OkView ok, int clientCapabilities, long affectedRows) {
        writeOk(out, sequence, OkView.OK, in, ok, clientCapabilities, affectedRows);
    }

    /** Appends the OK of a statement, without session state, with other affected rows and another info text than the backend gave. */
    public static void writeOk(ByteBuf out, int sequence, OkView ok, long affectedRows, byte[] info) {
        int start = out.writerIndex();
        out.writeZero(Packets.HEADER_BYTES);
        out.writeByte(OkView.OK);
        LengthEncoded.writeInteger(out, affectedRows);
        LengthEncoded.writeInteger(out, ok.lastInsertId());
        out.writeShortLE(ok.status() & ~ServerStatus.SESSION_STATE_CHANGED);
        out.writeShortLE(ok.warnings());
        LengthEncoded.writeInteger(out, info.length);
        out.writeBytes(info);
        Packets.finish(out, start, sequence);
    }

    /**
     * Appends the end of rows: EOF without DEPRECATE_EOF, else OK with the header of an EOF.
     *
     * @param in the buffer that {@code ok} was read from, still as it was
     */
    public static void writeRowsEnd(ByteBuf out, int sequence, ByteBuf in, OkView ok, int clientCapabilities) {
        if (Capabilities.has(clientCapabilities, Capabilities.DEPRECATE_EOF)) {
            writeOk(out, sequence, OkView.EOF, in, ok, clientCapabilities, ok.affectedRows());
        } else {
            writeEof(out, sequence, ok.warnings(), ok.status());
        }
    }

    /** Appends an EOF, whose status never has SESSION_STATE_CHANGED. */
    public static void writeEof(ByteBuf out, int sequence, int warnings, int status) {
        Packets.writeHeader(out, OkView.EOF_BYTES, sequence);
        out.writeByte(OkView.EOF);
        out.writeShortLE(warnings);
        out.writeShortLE(status & ~ServerStatus.SESSION_STATE_CHANGED);
    }

    private static void writeOk(
            ByteBuf out, int sequence, int header, ByteBuf in, OkView ok, int clientCapabilities, long affectedRows) {
        boolean state = ok.hasStatus(ServerStatus.SESSION_STATE_CHANGED)
                && ok.stateLength() > 0
                && Capabilities.has(clientCapabilities, Capabilities.SESSION_TRACK);
        int start = out.writerIndex();
        out.writeZero(Packets.HEADER_BYTES);
        out.writeByte(header);
        LengthEncoded.writeInteger(out, affectedRows);
        LengthEncoded.writeInteger(out, ok.lastInsertId());
        out.writeShortLE(state ? ok.status() : ok.status() & ~ServerStatus.SESSION_STATE_CHANGED);
        out.writeShortLE(ok.warnings());
        if (state || ok.infoLength() > 0) {
            LengthEncoded.writeInteger(out, ok.infoLength());
            out.writeBytes(in, ok.infoIndex(), ok.infoLength());
        }
        if (state) {
            LengthEncoded.writeInteger(out, ok.stateLength());
            out.writeBytes(in, ok.stateIndex(), ok.stateLength());
        }
        Packets.finish(out, start, sequence);
    }
}
