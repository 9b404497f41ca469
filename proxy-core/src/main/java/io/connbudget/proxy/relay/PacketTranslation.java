package io.connbudget.proxy.relay;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.response.EofTranslation;
import io.connbudget.wire.response.OkView;
import io.connbudget.wire.response.PacketKind;
import io.connbudget.wire.response.ResponseTracker;
import io.netty.buffer.ByteBuf;

/**
 * Makes the packets of a response what the client negotiated, and tells the observer what they say. For a client without
 * DEPRECATE_EOF an EOF packet is put behind the column definitions, which moves the sequence ids of all that follows by
 * one. One per relay, on the client's event loop.
 */
final class PacketTranslation {
    /** Behind the header, the statement id, two counts and a filler. */
    private static final int PREPARE_OK_WARNINGS = 1 + 4 + 2 + 2 + 1;

    /**
     * What an EOF can say before its statement has ended. All other flags tell of the statement before: CURSOR_EXISTS for
     * one would make a client fetch from a cursor that there is not.
     */
    private static final int SESSION_STATUS = ServerStatus.AUTOCOMMIT
            | ServerStatus.IN_TRANS
            | ServerStatus.IN_TRANS_READONLY
            | ServerStatus.NO_BACKSLASH_ESCAPES
            | ServerStatus.ANSI_QUOTES;

    /** What a server says at the end of the rows only. */
    private static final int SAID_AT_THE_END = ServerStatus.QUERY_WAS_SLOW
            | ServerStatus.CURSOR_EXISTS
            | ServerStatus.LAST_ROW_SENT
            | ServerStatus.SESSION_STATE_CHANGED;

    /**
     * How far behind the columns their EOF waits for the end of the rows, whose flags are its own. Servers send nothing
     * before their buffer of 16 KiB is full or the statement has ended, so nobody waits longer for it.
     */
    private static final int LOOK_AHEAD_BYTES = 4096;

    private static final int ROWS_END = 0xfe;
    private static final int ERR = 0xff;

    private final ResponseTracker tracker;
    private final RelayedBytes out;
    private final ResponseRelay.Observer observer;
    private final OkView ahead = new OkView();
    private Command command = Command.UNKNOWN;
    private int capabilities;
    /** Flags of the session, then of the result before. */
    private int lastStatus;

    private int sequenceShift;
    private int definitionsLeft;
    private int preparedWarnings;
    private FoundRows.Counting counting = FoundRows.Counting.ANY;
    private boolean endOfColumnsDue;
    /** A result set of this response may hold OUT parameters, which the EOF behind its columns must say. */
    private boolean outParametersPossible;
    /** The flags of the EOF that is due. */
    private int columnsStatus;

    /** An EOF goes behind the last definition of a prepared statement, with nothing behind it that could bring it along. */
    private boolean wholeDefinitions;

    PacketTranslation(ResponseTracker tracker, RelayedBytes out, ResponseRelay.Observer observer) {
        this.tracker = tracker;
        this.out = out;
        this.observer = observer;
    }

    /**
     * A response begins.
     *
     * @param clientStatus the flags of its session
     * @param relayed whether {@link #translate} gets its packets
     */
    void begin(Command sent, int clientCapabilities, int clientStatus, boolean relayed) {
        command = sent;
        counting = FoundRows.Counting.ANY;
        capabilities = clientCapabilities;
        lastStatus = clientStatus;
        sequenceShift = 0;
        definitionsLeft = 0;
        endOfColumnsDue = false;
        outParametersPossible = false;
        wholeDefinitions = sent == Command.STMT_PREPARE && relayed && !deprecatesEof();
    }

    /** See {@link ResponseRelay#mayReturnOutParameters}. */
    void mayReturnOutParameters() {
        outParametersPossible = command == Command.STMT_EXECUTE && !deprecatesEof();
    }

    /** See {@link ResponseRelay#counts}. */
    void counts(FoundRows.Counting what) {
        counting = what;
    }

    /** How far the client's sequence ids are ahead of the backend's. */
    int sequenceShift() {
        return sequenceShift;
    }

    /** The warnings that the answer to COM_STMT_PREPARE counts. */
    int preparedWarnings() {
        return preparedWarnings;
    }

    /** Whether {@link #translate} needs packets whole even where the tracker does not. */
    boolean needsWholePackets() {
        return wholeDefinitions;
    }

    /**
     * Whether the packet can be translated by what has come up to now.
     *
     * @param at where it begins
     */
    boolean ready(ByteBuf in, int at) {
        return !endOfColumnsDue || lookAhead(in, at);
    }

    /**
     * Looks for the end of the rows, which tells what the EOF behind the columns must say: that they are OUT parameters, of
     * which there is one row of any length; that another result follows.
     *
     * @param from where the packet behind the columns begins
     * @return false when more bytes must come first
     */
    private boolean lookAhead(ByteBuf in, int from) {
        columnsStatus = lastStatus & SESSION_STATUS;
        int end = in.writerIndex();
        int next = from;
        for (int rows = 0; next - from < LOOK_AHEAD_BYTES || (outParametersPossible && rows == 1); rows++) {
            int payload = next + Packets.HEADER_BYTES;
            if (end < payload) {
                return false;
            }
            int length = in.getUnsignedMediumLE(next);
            if (length == 0 || length > ResponseRelay.MAX_CONTROL_BYTES) {
                // No end. OUT parameters of more: their client learns the flags from the end of the rows only.
                return true;
            }
            if (end == payload) {
                return false;
            }
            int first = in.getUnsignedByte(payload);
            if (first == ERR) {
                return true;
            }
            if (first == ROWS_END) {
                return endOfRows(in, payload, length);
            }
            next = payload + length;
        }
        return true;
    }

    private boolean endOfRows(ByteBuf in, int payload, int length) {
        if (in.writerIndex() - payload < length) {
            return false;
        }
        ahead.read(in, payload, length, true);
        columnsStatus = ahead.status() & ~SAID_AT_THE_END;
        if (ahead.hasStatus(ServerStatus.PS_OUT_PARAMS)) {
            columnsStatus |= ServerStatus.MORE_RESULTS_EXISTS;
        }
        return true;
    }

    /** Makes the packet at {@code at} what the client expects; returns where the bytes that can pass unchanged begin. */
    int translate(PacketKind kind, ByteBuf in, int at, int length, int runStart) {
        int start = runStart;
        if (endOfColumnsDue && kind != PacketKind.CONTINUATION) {
            endOfColumnsDue = false;
            boolean cursorOnly = kind == PacketKind.ROWS_END
                    && (tracker.ok().status() & ServerStatus.CURSOR_EXISTS) != 0
                    && command == Command.STMT_EXECUTE;
            if (!cursorOnly) {
                start = insertEof(in, at, start, columnsStatus);
            }
        }
        int sequence = (in.getByte(at + 3) + sequenceShift) & 0xff;
        if (sequenceShift != 0) {
            in.setByte(at + 3, sequence);
        }
        switch (kind) {
            case COLUMN_COUNT -> definitionsLeft = tracker.outcome().columnCount();
            case COLUMN_DEFINITION -> {
                if (--definitionsLeft == 0 && !deprecatesEof()) {
                    endOfColumnsDue = true;
                }
            }
            case OK -> {
                observer.succeeded(tracker.ok(), in);
                resultEnds();
                return replaceOk(in, at, length, start, sequence);
            }
            case ROWS_END, FIELDS_END -> {
                observer.succeeded(tracker.ok(), in);
                resultEnds();
                return replaceRowsEnd(in, at, length, start, sequence);
            }
            case ERR -> observer.failed(tracker.outcome().errorCode());
            case LOCAL_INFILE_REQUEST -> {
                if (!Capabilities.has(capabilities, Capabilities.LOCAL_FILES)) {
                    throw new MalformedPacketException("the server asks a client for a file that offers none");
                }
                observer.fileRequested();
            }
            case PREPARE_OK -> {
                int id = observer.prepared(
                        tracker.outcome().preparedStatementId(),
                        tracker.outcome().preparedParameters());
                in.setIntLE(at + Packets.HEADER_BYTES + 1, id);
                preparedWarnings = in.getUnsignedShortLE(at + Packets.HEADER_BYTES + PREPARE_OK_WARNINGS);
                definitionsLeft = tracker.outcome().preparedParameters();
                if (definitionsLeft == 0) {
                    definitionsLeft = tracker.outcome().preparedColumns();
                }
            }
            case PARAMETER_DEFINITION -> {
                if (--definitionsLeft == 0) {
                    definitionsLeft = tracker.outcome().preparedColumns();
                    return insertEofBehind(in, at, length, start, sequence);
                }
            }
            case PREPARED_COLUMN_DEFINITION -> {
                if (--definitionsLeft == 0) {
                    return insertEofBehind(in, at, length, start, sequence);
                }
            }
            default -> {}
        }
        return start;
    }

    private void resultEnds() {
        lastStatus = tracker.outcome().status();
        if (command == Command.QUERY
                && (lastStatus & ServerStatus.MORE_RESULTS_EXISTS) != 0
                && (capabilities & (Capabilities.MULTI_RESULTS | Capabilities.MULTI_STATEMENTS)) == 0) {
            // It would take the next result for the answer to its next command. A server refuses the CALL.
            throw new MalformedPacketException("more results than one, for a client without CLIENT_MULTI_RESULTS");
        }
    }

    private boolean deprecatesEof() {
        return Capabilities.has(capabilities, Capabilities.DEPRECATE_EOF);
    }

    private int insertEof(ByteBuf in, int at, int runStart, int status) {
        out.append(in, runStart, at);
        int sequence = (in.getByte(at + 3) + sequenceShift) & 0xff;
        EofTranslation.writeEof(out.changed(), sequence, 0, status);
        sequenceShift++;
        return at;
    }

    private int insertEofBehind(ByteBuf in, int at, int length, int runStart, int sequence) {
        if (deprecatesEof()) {
            return runStart;
        }
        int next = at + Packets.HEADER_BYTES + length;
        out.append(in, runStart, next);
        EofTranslation.writeEof(out.changed(), sequence + 1, preparedWarnings, lastStatus & SESSION_STATUS);
        sequenceShift++;
        return next;
    }

    /** The affected rows of an OK packet as the client counts them. */
    long affectedRows(ByteBuf in, OkView ok) {
        return Capabilities.has(capabilities, Capabilities.FOUND_ROWS)
                ? FoundRows.of(in, ok, counting)
                : ok.affectedRows();
    }

    private int replaceOk(ByteBuf in, int at, int length, int runStart, int sequence) {
        OkView ok = tracker.ok();
        if (ok.isEof() || ok.header() == 0xfe) {
            return replaceRowsEnd(in, at, length, runStart, sequence);
        }
        long affected = affectedRows(in, ok);
        if (affected == ok.affectedRows() && EofTranslation.okPassesUnchanged(ok, capabilities)) {
            return runStart;
        }
        out.append(in, runStart, at);
        byte[] info = FoundRows.info(in, ok, counting, affected);
        if (info == null) {
            EofTranslation.writeOk(out.changed(), sequence, in, ok, capabilities, affected);
        } else {
            EofTranslation.writeOk(out.changed(), sequence, ok, affected, info);
        }
        return at + Packets.HEADER_BYTES + length;
    }

    private int replaceRowsEnd(ByteBuf in, int at, int length, int runStart, int sequence) {
        OkView ok = tracker.ok();
        if (deprecatesEof() && EofTranslation.okPassesUnchanged(ok, capabilities)) {
            return runStart;
        }
        out.append(in, runStart, at);
        EofTranslation.writeRowsEnd(out.changed(), sequence, in, ok, capabilities);
        return at + Packets.HEADER_BYTES + length;
    }
}
