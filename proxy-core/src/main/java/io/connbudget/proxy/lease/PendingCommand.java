package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementDigest;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The command that a client waits for: kept until a backend is ready for it. One per client, used again for each
 * command; owned by the client's event loop.
 */
final class PendingCommand {
    /** Facts of statements that pin by a transaction alone, which needs no explanation. */
    private static final long NEVER_PIN = Facts.LIMITS_ROWS | Facts.BEGINS_TRANSACTION | Facts.ENDS_TRANSACTION;

    Command command = Command.UNKNOWN;
    StatementFacts facts = StatementFacts.PLAIN;
    /** Whether all of it was read before a backend was asked for; else the facts are not those of the whole. */
    boolean whole = true;

    /** The packet with its header, or the first part of one that streams. Owned until it is written. */
    @Nullable ByteBuf packet;
    /** The text of a COM_QUERY that may pin, while it runs; owned. */
    private @Nullable ByteBuf sent;

    private int sentIndex;
    private int sentLength;

    /** For COM_STMT_PREPARE: what is prepared. */
    @Nullable StatementText text;
    /** For COM_STMT_EXECUTE, RESET and FETCH: the client's statement. */
    @Nullable ClientStatement statement;

    /** For a command of the proxy's own: told of the outcome in place of the client; null: the command is the client's. */
    @Nullable SilentOutcome silent;

    /** The outcome of a command that the client does not know of. */
    interface SilentOutcome {
        /**
         * The command was answered.
         *
         * @param error the payload of an ERR packet, or null
         */
        void done(byte @Nullable [] error);
    }

    void set(Command sent, StatementFacts ofCommand, ByteBuf bytes) {
        command = sent;
        facts = ofCommand;
        packet = bytes;
        text = null;
        statement = null;
        silent = null;
        whole = true;
    }

    /** The packet; ownership passes to the caller. */
    ByteBuf take() {
        ByteBuf taken = packet;
        if (taken == null) {
            throw new IllegalStateException("the command was sent already");
        }
        packet = null;
        return taken;
    }

    /** Keeps a COM_QUERY that is about to be written, for {@link #digest}, where it may pin its session. */
    void keepSent(ByteBuf written) {
        if (command == Command.QUERY && (facts.facts() & ~NEVER_PIN) != 0) {
            releaseSent();
            sent = written.retain();
            sentIndex = written.readerIndex() + Packets.HEADER_BYTES + 1;
            sentLength = written.writerIndex() - sentIndex;
        }
    }

    /**
     * The statement that was sent, without literals.
     *
     * @param backslashEscapes whether a backslash escapes in the session's strings
     */
    String digest(boolean backslashEscapes) {
        ByteBuf text = sent;
        if (text != null) {
            return StatementDigest.of(text, sentIndex, sentLength, backslashEscapes);
        }
        ClientStatement executed = statement;
        StatementText prepared = executed != null ? executed.text() : this.text;
        if (prepared != null) {
            byte[] sql = prepared.sql();
            return StatementDigest.of(Unpooled.wrappedBuffer(sql), 0, sql.length, backslashEscapes);
        }
        return command == Command.QUERY ? facts.verb() : command.name();
    }

    private void releaseSent() {
        ByteBuf kept = sent;
        sent = null;
        if (kept != null) {
            kept.release();
        }
    }

    boolean unsent() {
        return packet != null;
    }

    /** Who is told of the outcome in place of the client, or null; told once only. */
    @Nullable SilentOutcome takeSilent() {
        SilentOutcome taken = silent;
        silent = null;
        return taken;
    }

    void release() {
        ByteBuf unsent = packet;
        packet = null;
        if (unsent != null) {
            unsent.release();
        }
        releaseSent();
        text = null;
        statement = null;
    }
}
