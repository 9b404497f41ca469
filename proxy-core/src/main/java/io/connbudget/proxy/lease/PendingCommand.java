package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.proxy.session.StatementDigest;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The command that a client waits for: kept until a backend is ready for it. One per client, used again for each
 * command; owned by the client's event loop.
 */
final class PendingCommand {
    Command command = Command.UNKNOWN;
    StatementFacts facts = StatementFacts.PLAIN;
    /** Whether all of it was read before a backend was asked for; else the facts are not those of the whole. */
    boolean whole = true;

    /** The packet with its header, or the first part of one that streams. Owned until it is written. */
    @Nullable ByteBuf packet;
    /** The beginning of the session's last statement. */
    final StatementDigest sent = new StatementDigest();

    /** For COM_STMT_PREPARE: what is prepared. */
    @Nullable StatementText text;

    /** For COM_STMT_EXECUTE, RESET, FETCH and SEND_LONG_DATA: the client's statement. */
    @Nullable ClientStatement statement;

    /** For a command of the proxy's own: told of the outcome in place of the client; null: the command is the client's. */
    @Nullable SilentOutcome silent;

    private boolean triedAnother;

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
        triedAnother = false;
    }

    /** A COM_PING of the proxy's own making. */
    void setPing(ByteBufAllocator allocator) {
        ByteBuf ping = allocator.buffer(Packets.HEADER_BYTES + 1);
        Packets.writeHeader(ping, 1, 0);
        set(Command.PING, StatementFacts.PLAIN, ping.writeByte(Command.PING.code()));
    }

    /** What only the backend knew of the session when the command came is known: a statement is prepared under that. */
    void stateRead(SessionState state) {
        StatementText early = text;
        if (early != null) {
            text = early.under(state);
        }
    }

    /** Whether another backend may be asked for as the login at one was broken off: once for a command. */
    boolean mayTryAnother() {
        boolean first = !triedAnother;
        triedAnother = true;
        return first;
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

    /** The statement that was sent, without literals; the name of a command that has none. */
    String digest() {
        StatementText prepared = text;
        if (prepared != null) {
            sent.keep(prepared.sql());
        }
        return prepared != null || command == Command.QUERY || command == Command.STMT_EXECUTE
                ? sent.text()
                : command.name();
    }

    /** Whether its client waits for an answer. */
    boolean answered() {
        return command != Command.STMT_SEND_LONG_DATA;
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
        text = null;
        statement = null;
    }
}
