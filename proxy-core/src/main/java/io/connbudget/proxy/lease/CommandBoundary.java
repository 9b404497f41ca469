package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.wire.Command;

/**
 * What becomes of a lease's backend when the answer to a command is complete: it is kept while something needs it (HELD), read
 * (READING), or handed on. One per lease; owned by the client's event loop.
 */
final class CommandBoundary {
    private final LeaseContext context;
    private final Lease lease;
    private final ClientPort client;
    private final PendingCommand pending;
    private final RelayedAnswer answer;
    private final ResponseRelay relay;
    private final LastReading reading;
    private final BackendClaim claim;
    /** KILLs of this client's backend that the server has not confirmed. */
    private int kills;

    CommandBoundary(
            LeaseContext context,
            Lease lease,
            ClientPort client,
            PendingCommand pending,
            RelayedAnswer answer,
            LastReading reading,
            BackendClaim claim) {
        this.context = context;
        this.lease = lease;
        this.client = client;
        this.pending = pending;
        this.answer = answer;
        this.relay = answer.relay();
        this.reading = reading;
        this.claim = claim;
    }

    /** The answer to the pending command is complete. */
    void reached() {
        long now = System.nanoTime();
        answer.end(lease.backend(), now);
        if (!client.commandComplete()) {
            // The server answered before it had the whole command; what still comes would be taken for another one.
            answer.flush();
            session().pins().clear();
            lease.discard("it answered in the middle of a command");
            client.close();
            return;
        }
        client.metrics().bytesToClient(relay.takeRelayedBytes());
        if (answer.endsConnection()) {
            answer.flush();
            session().pins().clear();
            lease.discard("its client had it closed");
            client.close();
            return;
        }
        PendingCommand.SilentOutcome silent = pending.silent;
        pending.release();
        answer.flush();
        letGo(now);
        if (silent == null) {
            client.commandDone();
        } else {
            silent.done(relay.swallowedError());
        }
    }

    /** The client's file has gone out. */
    void fileSent() {
        relay.fileSent();
        if (relay.complete()) {
            // The server did not wait for the end of the file.
            reached();
        }
    }

    /** The client was answered without the backend that is attached, if one is. */
    void answeredHere() {
        if (lease.attached()) {
            letGo(System.nanoTime());
        }
    }

    /** Lets the backend go if nothing keeps it any more: a pin has ended without a command on the backend. */
    void pinsChanged() {
        if (holds() && session().pins().isEmpty()) {
            letGo(System.nanoTime());
        }
    }

    /** The client closes a statement that it has to itself at the backend, with its cursor or the long data sent to it. */
    void closeOwn(ClientStatement statement) {
        session().cursor(statement, false, System.nanoTime());
        session().longDataSent(statement, false, System.nanoTime());
        if (holds()) {
            Backend b = lease.backend();
            BackendStatements.Prepared prepared = statement.own();
            if (prepared != null) {
                b.connection.channel().writeAndFlush(StatementPackets.close(client.allocator(), prepared.id()));
            }
            letGo(System.nanoTime());
        }
    }

    /** A KILL of the backend is on its way: the backend stays this client's until {@link #killEnds}. */
    void killBegins() {
        kills++;
    }

    /** The server has taken the KILL, or could not be asked. */
    void killEnds() {
        kills--;
        if (kills == 0 && holds()) {
            letGo(System.nanoTime());
        }
    }

    /** Whether a KILL of the backend is on its way. */
    boolean killed() {
        return kills > 0;
    }

    /** One answer of the reading has come whole. */
    void read() {
        switch (reading.answered(lease.backend())) {
            case MORE -> {}
            case DONE -> {
                if (keeps()) {
                    kept();
                } else {
                    handOn(System.nanoTime());
                    lease.runKept();
                }
            }
            case KEPT -> kept();
            case FAILED ->
                lease.leaving().lost(ErrorReport.backendLost("what the session left there could not be read"));
        }
    }

    /**
     * Reads the settings of a session that keeps its backend, where they are not known, before a statement may be prepared there or
     * makes one of them unreadable; returns whether it does.
     */
    boolean readsSettings() {
        if (!preparesUnderUnknown() && !hidesClientCollation()) {
            return false;
        }
        // Where it cannot begin, nothing is waited for.
        reading.beginSettings(lease.backend());
        lease.enter(Lease.Phase.READING);
        return true;
    }

    /** What the client's collation is will be seen no more when the connection has another one. */
    private boolean hidesClientCollation() {
        return pending.facts.has(Facts.SETS_CONNECTION_COLLATION)
                && lease.leased().fold().unread().clientCollationUnknown();
    }

    private boolean preparesUnderUnknown() {
        ClientStatement statement = pending.statement;
        boolean prepares = pending.command == Command.STMT_PREPARE
                || pending.command == Command.STMT_EXECUTE
                || pending.command == Command.STMT_FETCH
                || pending.command == Command.STMT_SEND_LONG_DATA;
        return prepares
                && (statement == null || statement.own() == null)
                && lease.leased().fold().unread().preparationUnknown();
    }

    private void kept() {
        lease.enter(Lease.Phase.HELD);
        if (lease.leaving().gone()) {
            lease.leaving().reset();
            return;
        }
        answer.explainPins();
        if (pending.unsent()) {
            lease.runKept();
        } else {
            claim.held(System.nanoTime());
        }
    }

    private boolean keeps() {
        return context.pinned(session()) || kills > 0;
    }

    private boolean holds() {
        return lease.phase() == Lease.Phase.HELD && lease.attached();
    }

    private void letGo(long now) {
        if (keeps()) {
            lease.enter(Lease.Phase.HELD);
            claim.held(now);
        } else if (reading.begin(lease.backend())) {
            lease.enter(Lease.Phase.READING);
        } else {
            handOn(now);
        }
    }

    private void handOn(long now) {
        Backend b = lease.backend();
        lease.end(now);
        context.desk().release(lease, b, now);
    }

    private ClientSession session() {
        return lease.session();
    }
}
