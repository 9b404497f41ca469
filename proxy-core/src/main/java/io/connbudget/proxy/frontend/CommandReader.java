package io.connbudget.proxy.frontend;

import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a client's bytes into commands. A command is given whole where it is small; a large one that need not be kept is
 * given by its first part and then streamed.
 *
 * <pre>
 *   BETWEEN --packet whole--> COMMAND given ------------------------------> BETWEEN (when it is done)
 *      \----first part of a large one--> STREAMING --last packet's end---> BETWEEN (when it is done)
 *   server asks for a file: FILE --empty packet--> (the command goes on)
 *   done before its end came: SKIPPING --last packet's end--> (told by {@link Target#skipped})
 * </pre>
 *
 * Nothing is allocated by an announced length: buffers grow with what has come.
 */
final class CommandReader {
    /** Takes what was cut; ownership of buffers passes to it. */
    interface Target {
        /** Whether another command may be given; asked before each. */
        boolean takesCommand();

        /** A command, or the first part of one that streams. */
        void command(ByteBuf packet, boolean whole);

        /** More of a streaming command; {@code last} with its end. */
        void stream(ByteBuf bytes, boolean last);

        /** Payload bytes of a streaming command, before they are given to {@link #stream}. */
        void payload(ByteBuf bytes, int index, int length);

        /** Packets of the client's file; {@code last} with the empty one that ends it. */
        void file(ByteBuf packets, boolean last);

        /** The end of a command that was done before has come. */
        void skipped();
    }

    /** A command with more than this streams, so that no backend waits for a slow upload of less. */
    static final int STREAM_ABOVE_BYTES = 256 * 1024;

    private enum Mode {
        BETWEEN,
        COMMAND,
        STREAMING,
        FILE,
        SKIPPING
    }

    private final ByteBufAllocator allocator;
    private final Target target;
    private final long maxPacketBytes;
    private Mode mode = Mode.BETWEEN;
    private @Nullable ByteBuf kept;
    private int bodyLeft;
    private boolean lastPacket;
    private int sequence;
    private long commandBytes;
    private int sequenceShift;

    /** @param maxPacketBytes the longest command, all its packets together */
    CommandReader(ByteBufAllocator allocator, Target target, long maxPacketBytes) {
        this.allocator = allocator;
        this.target = target;
        this.maxPacketBytes = maxPacketBytes;
    }

    /** The sequence id of the packet that answers the current command. */
    int answerSequence() {
        return (sequence + 1) & 0xff;
    }

    /** Whether all of the current command has been read. */
    boolean commandComplete() {
        return mode != Mode.STREAMING && mode != Mode.SKIPPING;
    }

    /** Whether what is kept waits until the backend takes more. */
    boolean streams() {
        return mode == Mode.STREAMING || mode == Mode.FILE;
    }

    /** Whether no command runs: what is kept is the beginning of the next one, or waits for {@link Target#takesCommand}. */
    boolean between() {
        return mode == Mode.BETWEEN;
    }

    /** The command that streams was answered: the rest of it is read and dropped, up to {@link Target#skipped}. */
    void skipRest() {
        mode = Mode.SKIPPING;
    }

    /** Bytes that have come and cannot be used yet. */
    int keptBytes() {
        ByteBuf bytes = kept;
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /**
     * Nothing more is done for the current command: the next one is cut from what is kept, by {@link #read}. What still comes
     * of one that streams is dropped before, up to {@link Target#skipped}.
     */
    void commandDone() {
        if (commandComplete()) {
            mode = Mode.BETWEEN;
        } else {
            skipRest();
        }
    }

    /** The server waits for the client's file: what comes are its packets. */
    void fileRequested(int shift) {
        sequenceShift = shift;
        mode = Mode.FILE;
        bodyLeft = 0;
        lastPacket = false;
    }

    /** Takes what has come; ownership passes. */
    void add(ByteBuf bytes) {
        if (!bytes.isReadable()) {
            bytes.release();
            return;
        }
        ByteBuf before = kept;
        if (before == null) {
            kept = bytes;
            return;
        }
        if (before.refCnt() == 1 && before.maxFastWritableBytes() >= bytes.readableBytes()) {
            before.writeBytes(bytes);
        } else {
            ByteBuf grown = allocator.buffer(Math.max(
                    before.readableBytes() + bytes.readableBytes(),
                    Math.min(2 * before.readableBytes(), STREAM_ABOVE_BYTES * 2)));
            grown.writeBytes(before).writeBytes(bytes);
            before.release();
            kept = grown;
        }
        bytes.release();
    }

    /**
     * Gives the target what can be given.
     *
     * @param mayStream whether the target takes bytes of a streaming command, or of a file, at the moment
     * @throws MalformedPacketException if the bytes are no commands
     */
    void read(boolean mayStream) {
        while (kept != null && step(kept, mayStream)) {
            ByteBuf left = kept;
            if (left != null && !left.isReadable()) {
                left.release();
                kept = null;
            }
        }
    }

    private boolean step(ByteBuf in, boolean mayStream) {
        return switch (mode) {
            case BETWEEN -> target.takesCommand() && cut(in);
            case COMMAND -> false;
            case STREAMING, FILE -> mayStream && pass(in);
            case SKIPPING -> pass(in);
        };
    }

    private boolean cut(ByteBuf in) {
        int readable = in.readableBytes();
        if (readable < Packets.HEADER_BYTES) {
            return false;
        }
        int start = in.readerIndex();
        int length = Packets.length(in, start);
        if (length == 0) {
            throw new MalformedPacketException("a command of 0 bytes");
        }
        int total = Packets.HEADER_BYTES + length;
        if (Packets.sequence(in, start) != 0) {
            throw new PacketsOutOfOrderException(Packets.sequence(in, start), 0);
        }
        if (length > maxPacketBytes) {
            throw new PacketTooLargeException(length, maxPacketBytes);
        }
        if (readable >= total && length < Packets.MAX_PAYLOAD) {
            mode = Mode.COMMAND;
            sequence = 0;
            give(in, total);
            return true;
        }
        if (readable <= STREAM_ABOVE_BYTES || !streams(in, start, length)) {
            if (length == Packets.MAX_PAYLOAD && readable >= total) {
                throw new PacketTooLargeException(length + 1L, Packets.MAX_PAYLOAD);
            }
            return false;
        }
        mode = Mode.STREAMING;
        sequence = 0;
        commandBytes = length;
        int first = Math.min(readable, total);
        bodyLeft = total - first;
        lastPacket = length < Packets.MAX_PAYLOAD;
        target.command(in.readRetainedSlice(first), false);
        return true;
    }

    private void give(ByteBuf in, int total) {
        if (in.readableBytes() == total) {
            kept = null;
            target.command(in, true);
        } else {
            target.command(in.readRetainedSlice(total), true);
        }
    }

    /** Only these are given without being kept whole. */
    private static boolean streams(ByteBuf in, int start, int length) {
        return switch (Command.of(in.getUnsignedByte(start + Packets.HEADER_BYTES))) {
            case QUERY, STMT_EXECUTE -> true;
            // What is kept of either is in one packet.
            case STMT_PREPARE, STMT_SEND_LONG_DATA -> length == Packets.MAX_PAYLOAD;
            default -> false;
        };
    }

    private boolean pass(ByteBuf in) {
        if (bodyLeft > 0) {
            int n = Math.min(bodyLeft, in.readableBytes());
            bodyLeft -= n;
            if (mode == Mode.STREAMING) {
                target.payload(in, in.readerIndex(), n);
            }
            boolean last = bodyLeft == 0 && lastPacket;
            deliver(in.readRetainedSlice(n), last);
            return true;
        }
        if (lastPacket) {
            return false;
        }
        if (in.readableBytes() < Packets.HEADER_BYTES) {
            return false;
        }
        int start = in.readerIndex();
        int length = Packets.length(in, start);
        int expected = answerSequence();
        int got = Packets.sequence(in, start);
        if (mode != Mode.FILE) {
            if (got != expected) {
                throw new PacketsOutOfOrderException(got, expected);
            }
            commandBytes += length;
            if (commandBytes > maxPacketBytes) {
                throw new PacketTooLargeException(commandBytes, maxPacketBytes);
            }
        }
        sequence = got;
        if (mode == Mode.FILE && sequenceShift != 0) {
            Packets.setSequence(in, start, (got - sequenceShift) & 0xff);
        }
        bodyLeft = length;
        // A command ends with a packet that is not full; a file with an empty one.
        lastPacket = mode == Mode.FILE ? length == 0 : length < Packets.MAX_PAYLOAD;
        deliver(in.readRetainedSlice(Packets.HEADER_BYTES), lastPacket && length == 0);
        return true;
    }

    private void deliver(ByteBuf bytes, boolean last) {
        Mode was = mode;
        if (last) {
            mode = Mode.COMMAND;
        }
        switch (was) {
            case FILE -> target.file(bytes, last);
            case SKIPPING -> {
                bytes.release();
                if (last) {
                    target.skipped();
                }
            }
            default -> target.stream(bytes, last);
        }
    }

    /** Drops what is kept. */
    void close() {
        ByteBuf bytes = kept;
        kept = null;
        if (bytes != null) {
            bytes.release();
        }
    }
}
