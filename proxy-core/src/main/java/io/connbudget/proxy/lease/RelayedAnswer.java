package io.connbudget.proxy.lease;

import io.connbudget.proxy.relay.FoundRows;
import io.connbudget.proxy.relay.ResponseRelay;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.proxy.session.SessionFold;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.message.TextRow;
import io.connbudget.wire.response.OkView;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A backend's answer to the client's command: its bytes go to the client, what it says goes into the session. One per
 * lease, used again for each command; owned by the client's event loop.
 */
final class RelayedAnswer implements ResponseRelay.Output, ResponseRelay.Observer {
    private final LeaseContext context;
    private final Lease lease;
    private final ClientPort client;
    private final LeasedSession leased;
    private final PendingCommand pending;
    private final ResponseRelay relay;
    private boolean written;
    /** The answer was given by a backend before, and this one's backend knows nothing of it. */
    private boolean kept;

    private boolean copied;
    private int errorCode;
    private long sentNanos;
    private long sentGeneration;
    /** What the server is asked and other clients may expect too. */
    private PreparedAnswers.@Nullable Asked asked;

    private boolean doneWhenWritable;

    RelayedAnswer(LeaseContext context, Lease lease, ClientPort client, LeasedSession leased, PendingCommand pending) {
        this.context = context;
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
                leased.session().status(),
                pending.silent == null ? ResponseRelay.Mode.RELAY : ResponseRelay.Mode.SWALLOW);
        errorCode = 0;
        if (leased.fold().wantsRow()) {
            relay.showRow();
        }
        StatementText text = pending.text;
        copied = text != null && PreparedAnswers.mayKeep(text, leased.session());
        if (copied) {
            relay.keepCopy();
        }
        if (pending.facts.has(Facts.CALLS_ROUTINE)) {
            relay.mayReturnOutParameters();
        }
        if (Capabilities.has(leased.session().capabilities(), Capabilities.FOUND_ROWS)) {
            relay.counts(counting(pending.facts));
        }
        if (!client.commandComplete()) {
            relay.anySequence();
        }
    }

    private static FoundRows.Counting counting(StatementFacts facts) {
        boolean upsert = facts.has(Facts.WRITES_DATA | Facts.UPDATES_DUPLICATES)
                && facts.verb().equals("INSERT");
        if (facts.statements() != 1 || !(upsert || facts.verb().equals("UPDATE"))) {
            return FoundRows.Counting.ANY;
        }
        return !upsert
                ? FoundRows.Counting.UPDATE
                : facts.has(Facts.IGNORES_ERRORS) ? FoundRows.Counting.UPSERT_IGNORE : FoundRows.Counting.UPSERT;
    }

    /** The command is about to be sent: answers that are kept are of definitions not older than this. */
    void sending() {
        StatementText text = pending.text;
        if (text != null) {
            sentNanos = System.nanoTime();
            sentGeneration = context.preparedAnswers().generation();
        }
    }

    /** A backend is about to be asked for: who prepares the same from here on may expect this client's answer. */
    void asking() {
        StatementText text = pending.text;
        if (text != null && asked == null && PreparedAnswers.mayKeep(text, leased.session())) {
            asked = context.preparedAnswers().asking(text, leased.session());
        }
    }

    /** Nothing more comes of {@link #asking}: those that expect the same answer are told. */
    void tellExpecting() {
        PreparedAnswers.Asked ended = asked;
        if (ended != null) {
            asked = null;
            context.preparedAnswers().ended(ended);
        }
    }

    /**
     * Gives the client an answer that a backend gave before.
     *
     * @param packets as that backend sent them
     */
    void giveKept(Command command, byte[] packets) {
        ByteBuf copy = client.allocator().buffer(packets.length).writeBytes(packets);
        try {
            kept = true;
            relay.begin(
                    command, leased.session().capabilities(), leased.session().status(), ResponseRelay.Mode.RELAY);
            relay.advance(copy, 0);
        } finally {
            kept = false;
            copy.release();
        }
        flush();
    }

    /**
     * The command that was sent has none: long data of a prepared statement, which is at this backend only from here on.
     * The client's next command is taken when the backend takes more. Of data that streams only the beginning may have been
     * sent; this is called again with its end.
     */
    void none(Backend b) {
        if (!client.commandComplete()) {
            return;
        }
        ClientStatement statement = Objects.requireNonNull(pending.statement);
        OwnStatements.longDataSent(leased.session(), b.memory, statement, System.nanoTime());
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
        if (kept) {
            return;
        }
        boolean rows = ok.isEof() || ok.header() == OkView.EOF;
        long affected = rows ? -1 : relay.affectedRows(buffer, ok);
        if (affected >= 0 && affected != ok.affectedRows() && pending.facts.has(Facts.OBSERVES_OWN_ROW_COUNT)) {
            throw new UnservedAnswerException(
                    "a statement of the same text asks for ROW_COUNT(), which does not count as CLIENT_FOUND_ROWS does there");
        }
        leased.fold().ok(ok, buffer, affected, relay.tracker().outcome().rows());
    }

    @Override
    public void failed(int errorCode) {
        this.errorCode = errorCode;
        leased.fold().error(errorCode);
    }

    @Override
    public void row(ByteBuf packet, int index, int length) {
        leased.fold().row(TextRow.decode(packet.slice(index, length)).values());
    }

    @Override
    public int prepared(int backendStatementId, int parameters) {
        client.metrics().clientPrepare();
        if (kept) {
            return leased.plan().kept().prepared(pending, parameters);
        }
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
        ownStatements(b, now);
        explainPins();
        if (pending.command == Command.RESET_CONNECTION && errorCode == 0) {
            leased.session().resetAtBackend();
            fold.unread().forget();
            b.memory.afterReset();
        } else {
            b.memory.state(
                    errorCode == 0 ? leased.session().state() : leased.plan().stateAfterError());
        }
        if (!context.switches().off(ReplayRule.DEFINITIONS)) {
            context.preparedAnswers().ended(pending.command, pending.facts, errorCode);
        }
        if (pending.facts.has(Facts.DEFINES_SCHEMA) || pending.command == Command.CREATE_DB) {
            context.schemaDefinitions().changed();
        }
        keep();
        tellExpecting();
    }

    /** Keeps the answer to COM_STMT_PREPARE for other clients; one that warns leaves something behind. */
    private void keep() {
        StatementText text = pending.text;
        if (!copied || text == null) {
            return;
        }
        ByteBuf packets = relay.takeCaptured();
        if (errorCode == 0 && relay.preparedWarnings() == 0 && PreparedAnswers.mayKeep(text, leased.session())) {
            byte[] copy = new byte[packets.readableBytes()];
            packets.readBytes(copy);
            context.preparedAnswers().put(text, leased.session(), copy, sentNanos, sentGeneration);
        }
        packets.release();
    }

    /** Whether the server closes the connection behind the answer that has just ended: COMMIT RELEASE, ROLLBACK RELEASE. */
    boolean endsConnection() {
        if (errorCode != 0) {
            return false;
        }
        String verb = pending.facts.verb();
        return pending.facts.has(Facts.ENDS_CONNECTION)
                || ((verb.equals("COMMIT") || verb.equals("ROLLBACK"))
                        && pending.facts.has(Facts.ENDS_TRANSACTION)
                        && "RELEASE".equals(leased.session().state().get("completion_type")));
    }

    /** Says which statement brought pins that have come with it. */
    void explainPins() {
        ClientSession session = leased.session();
        if (session.pins().unexplained()) {
            String statement = pending.digest();
            session.pins().explain(statement);
            context.events().pinned(session, statement);
        }
    }

    private void ownStatements(Backend b, long now) {
        ClientStatement statement = pending.statement;
        switch (pending.command) {
            case STMT_EXECUTE, STMT_FETCH, STMT_RESET -> {
                if (statement != null) {
                    if (pending.command == Command.STMT_EXECUTE && errorCode != 0) {
                        OwnStatements.failed(b.memory, statement);
                    }
                    OwnStatements.answered(
                            leased.session(),
                            b.memory,
                            statement,
                            pending.command,
                            pending.command != Command.STMT_RESET
                                    && relay.tracker().cursorOpen(),
                            now);
                }
            }
            default -> {}
        }
    }
}
