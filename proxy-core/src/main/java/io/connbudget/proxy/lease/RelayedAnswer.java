package io.connbudget.proxy.lease;

import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.SessionFold;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;

/**
 * A backend's answer to the client's command: its bytes go to the client, what it says goes into the session. One per
 * lease, used again for each command; owned by the client's event loop.
 */
final class RelayedAnswer implements ResponseRelay.Output, ResponseRelay.Observer {
    private final Lease lease;
    private final ClientPort client;
    private final LeasedSession leased;
    private final PendingCommand pending;
    private final ResponseRelay relay;
    private boolean written;
    private boolean doneWhenWritable;

    RelayedAnswer(Lease lease, ClientPort client, LeasedSession leased, PendingCommand pending) {
        this.lease = lease;
        this.client = client;
        this.leased = leased;
        this.pending = pending;
        this.relay = new ResponseRelay(client.allocator(), this, this);
    }

    /** What all answers of the lease's backend go through. */
    ResponseRelay relay() {
        return relay;
    }

    /** Expects the answer to the pending command, which has been sent. */
    void begin() {
        relay.begin(
                pending.command,
                leased.session().capabilities(),
                pending.silent == null ? ResponseRelay.Mode.RELAY : ResponseRelay.Mode.SWALLOW);
        if (pending.facts.has(Facts.CALLS_ROUTINE)) {
            relay.mayReturnOutParameters();
        }
        if (!client.commandComplete()) {
            relay.anySequence();
        }
    }

    /**
     * The command that was sent has none: long data of a prepared statement, which is at this backend only from here on.
     * The client's next command is taken when the backend takes more.
     */
    void none(Backend b) {
        leased.session().pins().add(PinReason.LONG_DATA, System.nanoTime());
        pending.release();
        lease.enter(Lease.Phase.HELD);
        if (b.connection.channel().isWritable()) {
            client.commandDone();
        } else {
            doneWhenWritable = true;
        }
    }

    /** The backend takes more, or is gone: what {@link #none} holds up goes on. */
    void doneAfterAll() {
        if (doneWhenWritable) {
            doneWhenWritable = false;
            client.commandDone();
        }
    }

    @Override
    public void write(ByteBuf buffer) {
        written = true;
        client.write(buffer);
        if (!client.writable()) {
            client.flush();
            lease.clientWritable(client.writable());
        }
    }

    /** Flushes what was written since the last flush. */
    void flush() {
        if (written) {
            written = false;
            client.flush();
        }
    }

    @Override
    public void succeeded(OkView ok, ByteBuf buffer) {
        boolean rows = ok.isEof() || ok.header() == OkView.EOF;
        long affected = rows ? -1 : relay.affectedRows(buffer, ok);
        leased.fold().ok(ok, buffer, affected, relay.tracker().outcome().rows());
    }

    @Override
    public void failed(int errorCode) {
        leased.fold().error();
    }

    @Override
    public int prepared(int backendStatementId, int parameters) {
        client.metrics().clientPrepare();
        client.metrics().backendPrepare();
        return leased.plan().prepared(lease.backend().memory, pending, backendStatementId, parameters);
    }

    @Override
    public void fileRequested() {
        client.flush();
        client.fileRequested(relay.sequenceShift());
    }

    /** The answer is complete: the session is what the command made of it. */
    void end(Backend b, long now) {
        SessionFold fold = leased.fold();
        fold.end(now);
        cursor(now);
        b.memory.state(leased.session().state());
    }

    /** A cursor keeps its backend until its last row was fetched, or its statement was reset. */
    private void cursor(long now) {
        ClientSession session = leased.session();
        switch (pending.command) {
            case STMT_EXECUTE, STMT_FETCH -> {
                session.cursor(pending.statement, relay.tracker().cursorOpen(), now);
                session.pins().remove(PinReason.LONG_DATA);
            }
            case STMT_RESET -> {
                session.cursor(pending.statement, false, now);
                session.pins().remove(PinReason.LONG_DATA);
            }
            default -> {}
        }
    }
}
