package io.connbudget.proxy.relay;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.ServerStatus;
import io.connbudget.wire.response.EofTranslation;
import io.connbudget.wire.response.OkView;
import io.connbudget.wire.response.ResponseTracker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Takes one response after the other from a backend's bytes: finds where it ends, tells the observer what changes the
 * session, and passes it on as the client negotiated it. Rows pass as bytes; only headers are looked at.
 *
 * <p>Backends speak DEPRECATE_EOF and SESSION_TRACK. For a client without DEPRECATE_EOF an EOF packet is put behind the
 * column definitions, which moves the sequence ids of all that follows by one.
 *
 * <p>One per client, used on the client's event loop only. {@link #begin} names the command whose response comes next;
 * {@link #advance} is then called with bytes until {@link #complete}.
 */
public final class ResponseRelay {
    /** Where relayed bytes go. Ownership of the buffer passes to the callee; nothing is flushed. */
    public interface Output {
        void write(ByteBuf buffer);
    }

    /** What the response means for the session; views and buffers are valid during the call only. */
    public interface Observer {
        /** An OK packet or the end of a result set. */
        void succeeded(OkView ok, ByteBuf buffer);

        /** An ERR packet: the response ends with it. */
        void failed(int errorCode);

        /**
         * A statement was prepared at the backend.
         *
         * @return the statement id that the client is told
         */
        int prepared(int backendStatementId, int parameters);

        /** The first row, where {@link #showRow} asked for it: the payload of its packet. */
        void row(ByteBuf packet, int index, int length);

        /** The server asks for a file of the client's. */
        void fileRequested();
    }

    /** What becomes of a response. */
    public enum Mode {
        /** To the client. */
        RELAY,
        /** To nobody: an answer to a command of the proxy's own. */
        SWALLOW,
        /** Kept in {@link #takeCaptured()}: an answer that the proxy itself reads. */
        CAPTURE
    }

    /** Behind the header, the statement id, two counts and a filler. */
    private static final int PREPARE_OK_WARNINGS = 1 + 4 + 2 + 2 + 1;

    /** Up to this size unchanged bytes beside changed ones are copied, so that one write carries them. */
    private static final int COPY_BYTES = 4096;

    /** The most that an OK, ERR or similar packet may have: session-track data of all variables is far below. */
    private static final int MAX_CONTROL_BYTES = 1 << 20;

    private static final int ANY_SEQUENCE = -1;

    /**
     * What an EOF can say before its statement has ended. All other flags tell of the statement before: CURSOR_EXISTS for
     * one would make a client fetch from a cursor that there is not.
     */
    private static final int SESSION_STATUS = ServerStatus.AUTOCOMMIT
            | ServerStatus.IN_TRANS
            | ServerStatus.IN_TRANS_READONLY
            | ServerStatus.NO_BACKSLASH_ESCAPES
            | ServerStatus.ANSI_QUOTES;

    private static final int ROWS_END = 0xfe;
    private static final int ERR = 0xff;

    private final ResponseTracker tracker = new ResponseTracker();
    private final OkView ahead = new OkView();
    private final ByteBufAllocator allocator;
    private final Output output;
    private final Observer observer;

    private Mode mode = Mode.RELAY;
    private Command command = Command.UNKNOWN;
    private int capabilities;
    private int lastStatus = ServerStatus.AUTOCOMMIT;
    private int bodyLeft;
    private int sequenceShift;
    private int definitionsLeft;
    private int preparedWarnings;
    private boolean endOfColumnsDue;
    /** A result set of this response may hold OUT parameters, which the EOF behind its columns must say. */
    private boolean outParametersPossible;
    /** The first row was held back until what follows it had come; the flags that it brought. */
    private int outParameterFlags;
    /** The sequence id of the next packet, or {@link #ANY_SEQUENCE}. */
    private int nextSequence;

    /** An EOF goes behind the last definition of a prepared statement, with nothing behind it that could bring it along. */
    private boolean wholeDefinitions;

    /** The observer wants the first row, so packets are taken whole up to it. */
    private boolean rowWanted;

    private boolean complete = true;
    private boolean begun;
    private long relayedBytes;
    private @Nullable ByteBuf changed;
    private @Nullable ByteBuf captured;
    private @Nullable ByteBuf carry;
    private byte @Nullable [] swallowedError;

    public ResponseRelay(ByteBufAllocator allocator, Output output, Observer observer) {
        this.allocator = allocator;
        this.output = output;
        this.observer = observer;
    }

    /**
     * Expects the response to a command.
     *
     * @param clientCapabilities what the client negotiated
     */
    public void begin(Command sent, int clientCapabilities, Mode treatment) {
        command = sent;
        capabilities = clientCapabilities;
        mode = treatment;
        bodyLeft = 0;
        sequenceShift = 0;
        definitionsLeft = 0;
        endOfColumnsDue = false;
        outParametersPossible = false;
        outParameterFlags = 0;
        nextSequence = 1;
        swallowedError = null;
        begun = false;
        rowWanted = false;
        captured = release(captured);
        wholeDefinitions = sent == Command.STMT_PREPARE
                && treatment == Mode.RELAY
                && !Capabilities.has(clientCapabilities, Capabilities.DEPRECATE_EOF);
        tracker.begin(sent, true, true);
        complete = !tracker.expectsResponse();
        if (treatment == Mode.CAPTURE) {
            captured = allocator.buffer(256);
        }
    }

    /** The command that {@link #begin} named is a CALL: one of its result sets may hold OUT parameters. */
    public void mayReturnOutParameters() {
        outParametersPossible =
                command == Command.STMT_EXECUTE && !Capabilities.has(capabilities, Capabilities.DEPRECATE_EOF);
    }

    /** Keeps a copy of the response for {@link #takeCaptured} while it is relayed; for small ones. */
    public void keepCopy() {
        if (captured == null) {
            captured = allocator.buffer(512);
        }
    }

    /** Shows the first row to the observer: for a small result of the text protocol. */
    public void showRow() {
        rowWanted = true;
    }

    /** The command has more packets than one, so the sequence id of its answer is not known. */
    public void anySequence() {
        nextSequence = ANY_SEQUENCE;
    }

    /** Whether the response has ended: a command boundary. */
    public boolean complete() {
        return complete;
    }

    /** Whether the client has got any byte of the response. */
    public boolean begun() {
        return begun;
    }

    /** Whether the server waits for the client's file. */
    public boolean awaitsFile() {
        return tracker.awaitingLocalInfile();
    }

    /** How far the client's sequence ids are ahead of the backend's. */
    public int sequenceShift() {
        return sequenceShift;
    }

    /** Tells that the empty packet that ends the client's file went to the server. */
    public void fileSent() {
        tracker.localInfileSent();
        nextSequence = ANY_SEQUENCE;
        complete = tracker.complete() && bodyLeft == 0;
    }

    /** The payload of the ERR packet that a swallowed or captured response ended with; null when it succeeded. */
    public byte @Nullable [] swallowedError() {
        return swallowedError;
    }

    /** The warnings that the answer to COM_STMT_PREPARE counts. */
    public int preparedWarnings() {
        return preparedWarnings;
    }

    /** Facts about the response so far. */
    public ResponseTracker tracker() {
        return tracker;
    }

    /** Bytes given to the output since the last call. */
    public long takeRelayedBytes() {
        long bytes = relayedBytes;
        relayedBytes = 0;
        return bytes;
    }

    /** The packets of a captured response; the caller owns the buffer. */
    public ByteBuf takeCaptured() {
        ByteBuf taken = captured;
        if (taken == null) {
            throw new IllegalStateException("nothing was captured");
        }
        captured = null;
        return taken;
    }

    /** Puts what an earlier call left over in front of {@code in}; takes ownership and returns what to go on with. */
    public ByteBuf join(ByteBuf in) {
        ByteBuf left = carry;
        if (left == null) {
            return in;
        }
        carry = null;
        ByteBuf joined = allocator.buffer(left.readableBytes() + in.readableBytes());
        joined.writeBytes(left).writeBytes(in);
        left.release();
        in.release();
        return joined;
    }

    /** Keeps an incomplete packet's beginning for {@link #join}; the buffer itself stays the caller's. */
    public void keep(ByteBuf in, int from) {
        int length = in.writerIndex() - from;
        if (length > 0) {
            carry = allocator.buffer(length).writeBytes(in, from, length);
        }
    }

    /** Whether an incomplete packet is kept. */
    public boolean hasCarry() {
        return carry != null;
    }

    /** Drops all that is kept; the response cannot go on. */
    public void abort() {
        complete = true;
        bodyLeft = 0;
        carry = release(carry);
        captured = release(captured);
        changed = release(changed);
    }

    private static @Nullable ByteBuf release(@Nullable ByteBuf buffer) {
        if (buffer != null) {
            buffer.release();
        }
        return null;
    }

    /**
     * Goes through bytes of the response until it ends, the server waits for a file, or no whole header is left.
     *
     * @param in not released here, but what goes to the output shares its memory
     * @return the index behind the last byte used
     * @throws MalformedPacketException if the bytes are no MySQL response
     */
    public int advance(ByteBuf in, int from) {
        int end = in.writerIndex();
        int runStart = from;
        int i = from;
        while (i < end && !complete) {
            if (bodyLeft > 0) {
                int n = Math.min(bodyLeft, end - i);
                i += n;
                bodyLeft -= n;
                complete = bodyLeft == 0 && tracker.complete();
                continue;
            }
            if (end - i < Packets.HEADER_BYTES) {
                break;
            }
            int length = in.getUnsignedMediumLE(i);
            if (length > 0 && end - i == Packets.HEADER_BYTES) {
                break;
            }
            int payload = i + Packets.HEADER_BYTES;
            int first = length == 0 ? -1 : in.getUnsignedByte(payload);
            if (endOfColumnsDue && outParametersPossible && !lookAhead(in, payload + length, length, first)) {
                break;
            }
            boolean whole = tracker.needsWholePacket(length, first)
                    || wholeDefinitions
                    || rowWanted
                    || (captured != null && mode == Mode.RELAY);
            if (whole) {
                if (length > MAX_CONTROL_BYTES) {
                    throw new MalformedPacketException(
                            "control packet of " + length + " bytes, expected at most " + MAX_CONTROL_BYTES);
                }
                if (end - payload < length) {
                    break;
                }
            }
            checkSequence(in.getUnsignedByte(i + 3));
            ResponseTracker.Kind kind = tracker.packet(length, first, in, payload);
            if (rowWanted && kind == ResponseTracker.Kind.ROW) {
                rowWanted = false;
                observer.row(in, payload, length);
            }
            if (mode == Mode.RELAY) {
                if (captured != null) {
                    // Before it is made what this client expects.
                    captured.writeBytes(in, i, Packets.HEADER_BYTES + length);
                }
                runStart = translate(kind, in, i, length, runStart);
            } else {
                observe(kind, in, i, length);
            }
            i = payload;
            if (whole) {
                i += length;
            } else {
                bodyLeft = length;
            }
            complete = tracker.complete() && bodyLeft == 0;
            if (tracker.awaitingLocalInfile()) {
                break;
            }
        }
        if (mode == Mode.RELAY) {
            flush(in, runStart, i);
        } else if (captured != null && i > from) {
            captured.writeBytes(in, from, i - from);
        }
        return i;
    }

    /** Both sides count the packets of an exchange: a wrong number is a packet of another one. */
    private void checkSequence(int got) {
        if (got != nextSequence && nextSequence != ANY_SEQUENCE) {
            throw new MalformedPacketException("packet with sequence id " + got + ", expected " + nextSequence);
        }
        nextSequence = (got + 1) & 0xff;
    }

    /**
     * Looks behind the first row for the end of the rows: OUT parameters have one row, and only its end says what it is.
     *
     * @param next the index behind the packet that is about to be taken
     * @return false when more bytes must come first
     */
    private boolean lookAhead(ByteBuf in, int next, int length, int first) {
        outParameterFlags = 0;
        if (first == ERR || (first == ROWS_END && length < Packets.MAX_PAYLOAD) || length == Packets.MAX_PAYLOAD) {
            // No row, or one of more than 16 MB: its client learns the flags from the end of the rows only.
            return true;
        }
        int end = in.writerIndex();
        if (end - next < Packets.HEADER_BYTES) {
            return false;
        }
        int nextLength = in.getUnsignedMediumLE(next);
        int payload = next + Packets.HEADER_BYTES;
        if (nextLength > 0 && end == payload) {
            return false;
        }
        if (nextLength == 0 || nextLength > MAX_CONTROL_BYTES || in.getUnsignedByte(payload) != ROWS_END) {
            return true;
        }
        if (end - payload < nextLength) {
            return false;
        }
        ahead.read(in, payload, nextLength, true);
        if (ahead.hasStatus(ServerStatus.PS_OUT_PARAMS)) {
            outParameterFlags = ServerStatus.PS_OUT_PARAMS | ServerStatus.MORE_RESULTS_EXISTS;
        }
        return true;
    }

    private void observe(ResponseTracker.Kind kind, ByteBuf in, int at, int length) {
        if (kind == ResponseTracker.Kind.ERR) {
            swallowedError = new byte[length];
            in.getBytes(at + Packets.HEADER_BYTES, swallowedError);
        }
    }

    /** Makes the packet at {@code at} what the client expects; returns where the bytes that can pass unchanged begin. */
    private int translate(ResponseTracker.Kind kind, ByteBuf in, int at, int length, int runStart) {
        int start = runStart;
        if (endOfColumnsDue && kind != ResponseTracker.Kind.CONTINUATION) {
            endOfColumnsDue = false;
            boolean cursorOnly = kind == ResponseTracker.Kind.ROWS_END
                    && (tracker.ok().status() & ServerStatus.CURSOR_EXISTS) != 0
                    && command == Command.STMT_EXECUTE;
            if (!cursorOnly) {
                start = insertEof(in, at, start, plain(lastStatus) | outParameterFlags);
            }
        }
        int sequence = (in.getByte(at + 3) + sequenceShift) & 0xff;
        if (sequenceShift != 0) {
            in.setByte(at + 3, sequence);
        }
        switch (kind) {
            case COLUMN_COUNT -> definitionsLeft = tracker.columnCount();
            case COLUMN_DEFINITION -> {
                if (--definitionsLeft == 0 && !deprecatesEof()) {
                    endOfColumnsDue = true;
                }
            }
            case OK -> {
                observer.succeeded(tracker.ok(), in);
                lastStatus = tracker.status();
                return replaceOk(in, at, length, start, sequence);
            }
            case ROWS_END, FIELDS_END -> {
                if (kind == ResponseTracker.Kind.ROWS_END) {
                    observer.succeeded(tracker.ok(), in);
                    lastStatus = tracker.status();
                }
                return replaceRowsEnd(in, at, length, start, sequence);
            }
            case ERR -> observer.failed(tracker.errorCode());
            case LOCAL_INFILE_REQUEST -> observer.fileRequested();
            case PREPARE_OK -> {
                int id = observer.prepared(tracker.preparedStatementId(), tracker.preparedParameters());
                in.setIntLE(at + Packets.HEADER_BYTES + 1, id);
                preparedWarnings = in.getUnsignedShortLE(at + Packets.HEADER_BYTES + PREPARE_OK_WARNINGS);
                definitionsLeft = tracker.preparedParameters();
                if (definitionsLeft == 0) {
                    definitionsLeft = tracker.preparedColumns();
                }
            }
            case PARAMETER_DEFINITION -> {
                if (--definitionsLeft == 0) {
                    definitionsLeft = tracker.preparedColumns();
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

    private boolean deprecatesEof() {
        return Capabilities.has(capabilities, Capabilities.DEPRECATE_EOF);
    }

    private int insertEof(ByteBuf in, int at, int runStart, int status) {
        append(in, runStart, at);
        int sequence = (in.getByte(at + 3) + sequenceShift) & 0xff;
        EofTranslation.writeEof(changed(), sequence, 0, status);
        sequenceShift++;
        return at;
    }

    private int insertEofBehind(ByteBuf in, int at, int length, int runStart, int sequence) {
        if (deprecatesEof()) {
            return runStart;
        }
        int next = at + Packets.HEADER_BYTES + length;
        append(in, runStart, next);
        EofTranslation.writeEof(changed(), sequence + 1, preparedWarnings, plain(lastStatus));
        sequenceShift++;
        return next;
    }

    private static int plain(int status) {
        return status & SESSION_STATUS;
    }

    /** The affected rows of an OK packet as the client counts them. */
    public long affectedRows(ByteBuf in, OkView ok) {
        return Capabilities.has(capabilities, Capabilities.FOUND_ROWS) ? FoundRows.of(in, ok) : ok.affectedRows();
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
        append(in, runStart, at);
        EofTranslation.writeOk(changed(), sequence, in, ok, capabilities, affected);
        return at + Packets.HEADER_BYTES + length;
    }

    private int replaceRowsEnd(ByteBuf in, int at, int length, int runStart, int sequence) {
        OkView ok = tracker.ok();
        if (deprecatesEof() && EofTranslation.okPassesUnchanged(ok, capabilities)) {
            return runStart;
        }
        append(in, runStart, at);
        EofTranslation.writeRowsEnd(changed(), sequence, in, ok, capabilities);
        return at + Packets.HEADER_BYTES + length;
    }

    private ByteBuf changed() {
        ByteBuf buffer = changed;
        if (buffer == null) {
            buffer = allocator.buffer(512);
            changed = buffer;
        }
        return buffer;
    }

    /** Sends bytes that pass unchanged in front of a change. */
    private void append(ByteBuf in, int from, int to) {
        if (to - from > COPY_BYTES) {
            writeChanged();
            write(in.retainedSlice(from, to - from));
        } else if (to > from) {
            changed().writeBytes(in, from, to - from);
        }
    }

    private void flush(ByteBuf in, int from, int to) {
        if (to > from) {
            if (changed != null && to - from <= COPY_BYTES) {
                changed.writeBytes(in, from, to - from);
            } else {
                writeChanged();
                write(
                        from == in.readerIndex() && to == in.writerIndex()
                                ? in.retain()
                                : in.retainedSlice(from, to - from));
                return;
            }
        }
        writeChanged();
    }

    private void writeChanged() {
        ByteBuf buffer = changed;
        if (buffer != null) {
            changed = null;
            write(buffer);
        }
    }

    private void write(ByteBuf buffer) {
        begun = true;
        relayedBytes += buffer.readableBytes();
        output.write(buffer);
    }
}
