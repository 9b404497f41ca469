package io.connbudget.proxy.relay;

import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.response.OkView;
import io.connbudget.wire.response.PacketKind;
import io.connbudget.wire.response.ResponseTracker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes one response after the other from a backend's bytes: finds where it ends, tells the observer what changes the
 * session, and passes it on as the client negotiated it ({@link PacketTranslation}). Rows pass as bytes; only headers are
 * looked at. Backends speak DEPRECATE_EOF and SESSION_TRACK.
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

    /** The most that an OK, ERR or similar packet may have: session-track data of all variables is far below. */
    static final int MAX_CONTROL_BYTES = 1 << 20;

    private static final int ANY_SEQUENCE = -1;

    private final ResponseTracker tracker = new ResponseTracker();
    private final ByteBufAllocator allocator;
    private final RelayedBytes out;
    private final PacketTranslation translation;
    private final Observer observer;

    private Mode mode = Mode.RELAY;
    private int bodyLeft;
    /** The sequence id of the next packet, or {@link #ANY_SEQUENCE}. */
    private int nextSequence;

    /** The observer wants the first row, so packets are taken whole up to it. */
    private boolean rowWanted;

    private boolean complete = true;
    private @Nullable ByteBuf captured;
    private @Nullable ByteBuf carry;
    private byte @Nullable [] swallowedError;
    private final AnnouncedChange announced = new AnnouncedChange();

    public ResponseRelay(ByteBufAllocator allocator, Output output, Observer observer) {
        this.observer = observer;
        this.allocator = allocator;
        this.out = new RelayedBytes(allocator, output);
        this.translation = new PacketTranslation(tracker, out, observer);
    }

    /**
     * Expects the response to a command.
     *
     * @param clientCapabilities what the client negotiated; any, where the client gets nothing of it
     * @param clientStatus the flags of the client's session, for an EOF that goes out before its statement has told them
     */
    public void begin(Command sent, int clientCapabilities, int clientStatus, Mode treatment) {
        mode = treatment;
        bodyLeft = 0;
        nextSequence = 1;
        swallowedError = null;
        announced.forget();
        rowWanted = false;
        captured = release(captured);
        out.begin();
        translation.begin(sent, clientCapabilities, clientStatus, treatment == Mode.RELAY);
        tracker.begin(sent, true, true);
        complete = !tracker.expectsResponse();
        if (treatment == Mode.CAPTURE) {
            captured = allocator.buffer(256);
        }
    }

    /** The command that {@link #begin} named is a CALL: one of its result sets may hold OUT parameters. */
    public void mayReturnOutParameters() {
        translation.mayReturnOutParameters();
    }

    /** What the command counts that {@link #begin} named, for a client with FOUND_ROWS. */
    public void counts(FoundRows.Counting what) {
        translation.counts(what);
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
        return out.begun();
    }

    /** Whether the server waits for the client's file. */
    public boolean awaitsFile() {
        return tracker.awaitingLocalInfile();
    }

    /** How far the client's sequence ids are ahead of the backend's. */
    public int sequenceShift() {
        return translation.sequenceShift();
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

    /** Whether the server announced with a captured response that variables, schema or other state of the session have changed. */
    public boolean changeAnnounced() {
        return announced.any();
    }

    /** The variables that a captured response announced, with their values; none where something else is known to have changed too. */
    public Map<String, String> announcedVariables() {
        return announced.variables();
    }

    /**
     * What a captured response announced of the characteristics of the next or the current transaction: statements that make
     * them, or null where it announced nothing.
     */
    public @Nullable String transactionAnnounced() {
        return announced.transaction();
    }

    /** The warnings that the answer to COM_STMT_PREPARE counts. */
    public int preparedWarnings() {
        return translation.preparedWarnings();
    }

    /** Facts about the response so far. */
    public ResponseTracker tracker() {
        return tracker;
    }

    /** Bytes given to the output since the last call. */
    public long takeRelayedBytes() {
        return out.take();
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
        out.abort();
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
            if (!translation.ready(in, i)) {
                break;
            }
            // A row that cannot be shown whole counts as one that nobody has seen.
            rowWanted &= length <= MAX_CONTROL_BYTES;
            boolean whole = tracker.needsWholePacket(length, first)
                    || translation.needsWholePackets()
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
            PacketKind kind = tracker.packet(length, first, in, payload);
            if (rowWanted && kind == PacketKind.ROW) {
                rowWanted = false;
                observer.row(in, payload, length);
            }
            if (mode == Mode.RELAY) {
                if (captured != null) {
                    // Before it is made what this client expects.
                    captured.writeBytes(in, i, Packets.HEADER_BYTES + length);
                }
                runStart = translation.translate(kind, in, i, length, runStart);
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
            out.flush(in, runStart, i);
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

    private void observe(PacketKind kind, ByteBuf in, int at, int length) {
        if (kind == PacketKind.ERR) {
            swallowedError = new byte[length];
            in.getBytes(at + Packets.HEADER_BYTES, swallowedError);
        } else if (mode == Mode.CAPTURE && (kind == PacketKind.ROWS_END || kind == PacketKind.OK)) {
            announced.read(in, tracker.ok());
        }
    }

    /** The affected rows of an OK packet as the client counts them. */
    public long affectedRows(ByteBuf in, OkView ok) {
        return translation.affectedRows(in, ok);
    }
}
