package io.connbudget.proxy.lease;

import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.wire.Command;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a session left at a backend and only the backend knows, before a lease lets it go. One per lease; owned by
 * the client's event loop.
 */
final class LastReading {
    private static final String BARE_TRANSACTION = "START TRANSACTION;";

    /** Where the reading is after one of its answers. */
    enum Outcome {
        /** Another answer is to come. */
        MORE,
        /** All was read: the backend may go. */
        DONE,
        /** The server refused to tell: nobody knows what the backend holds. */
        FAILED,
        /** What was read cannot be given to another backend: the session keeps this one. */
        KEPT
    }

    private final ClientPort client;
    private final LeasedSession leased;
    private final ResponseRelay relay;
    private @Nullable ReadBack read;
    /** The server has announced, with what is being read, changes that the session's last statement made before it failed. */
    private boolean announcedLate;
    /** The server has told, with what is being read, whether the characteristics of the next transaction are still to come. */
    private boolean transactionTold;
    /** What is being read belongs to a session that has ended. */
    private boolean forNobody;

    LastReading(ClientPort client, LeasedSession leased, ResponseRelay relay) {
        this.client = client;
        this.leased = leased;
        this.relay = relay;
    }

    /** Asks the backend where something must be read; returns whether it did. */
    boolean begin(Backend b) {
        // Where the command was answered or refused before anything was sent, the backend holds what another session
        // left.
        SessionState state = leased.session().state();
        boolean ours = b.memory.lastSession() == leased.session()
                && b.memory.state().withSchema(state.schema()).equals(state);
        ReadBack needed = ours ? ReadBack.of(leased.fold().unread(), b.memory) : null;
        if (needed == null) {
            return false;
        }
        begin(b, needed);
        return true;
    }

    /** Asks the backend, which the session keeps, for the settings that a statement is about to be prepared under. */
    void beginSettings(Backend b) {
        boolean tables = !leased.session().pins().has(PinReason.XA);
        begin(b, ReadBack.ofSettings(leased.fold().unread(), b.memory, tables));
    }

    private void begin(Backend b, ReadBack needed) {
        read = needed;
        announcedLate = false;
        transactionTold = false;
        relay.begin(Command.QUERY, 0, 0, ResponseRelay.Mode.CAPTURE);
        b.connection.channel().writeAndFlush(needed.query(client.allocator()));
    }

    /** The session has ended: what is being read is dropped, and the backend reset before it is used again. */
    void forNobody() {
        forNobody = true;
    }

    /** Whether what is being read is state that a session needs. */
    boolean ofSession() {
        ReadBack current = read;
        return current != null && !forNobody && current.keepsSession();
    }

    /** Whether the server has more to say behind the answer that has just ended. */
    boolean moreAsked() {
        ReadBack current = read;
        return current != null && current.moreAsked();
    }

    /** The relay has captured one answer whole. */
    Outcome answered(Backend b) {
        ReadBack current = Objects.requireNonNull(read);
        ByteBuf packets = relay.takeCaptured();
        try {
            if (relay.swallowedError() != null) {
                return Outcome.FAILED;
            }
            announcedLate |= relay.changeAnnounced()
                    && (forNobody || !leased.fold().unread().announcedLate(relay.announcedVariables()));
            nextTransaction(relay.transactionAnnounced());
            if (forNobody
                    ? current.skip()
                    : current.apply(packets, leased.fold().unread())) {
                relay.begin(Command.QUERY, 0, 0, ResponseRelay.Mode.CAPTURE);
                return Outcome.MORE;
            }
        } finally {
            packets.release();
        }
        read = null;
        b.memory.lastInsertId(0);
        b.memory.lastSession(null);
        if (forNobody) {
            b.memory.needReset();
            return Outcome.DONE;
        }
        SessionState state =
                leased.session().state().withSchema(b.memory.state().schema());
        b.memory.state(current.usesNextTransaction() ? state.withNextTransaction("") : state);
        if (current.readsVariables()) {
            b.memory.userVariables(leased.fold().unread().variables().andNullsFor(b.memory.userVariables()));
        }
        if (announcedLate) {
            leased.session().pins().add(PinReason.HIDDEN_STATE, System.nanoTime());
        }
        return leased.session().pins().isEmpty() ? Outcome.DONE : Outcome.KEPT;
    }

    /**
     * A statement that failed may have used up what SET TRANSACTION gave the next one: then nothing is left, and nothing of it
     * is in the transaction that is begun to make MariaDB speak. What is announced behind that one is of its end.
     */
    private void nextTransaction(@Nullable String announced) {
        if (announced == null || transactionTold || forNobody) {
            return;
        }
        transactionTold = true;
        if (announced.isEmpty() || announced.equals(BARE_TRANSACTION)) {
            ClientSession session = leased.session();
            session.state(session.state().withNextTransaction(""));
        }
    }

    /** The lease has ended, or its backend is gone. */
    void end() {
        read = null;
        forNobody = false;
    }
}
