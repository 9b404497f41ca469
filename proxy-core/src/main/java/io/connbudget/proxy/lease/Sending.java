package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.wire.MalformedPacketException;
import io.netty.buffer.ByteBuf;
import java.util.Objects;

/**
 * Brings the pending command to the attached backend, from the plan to the wait for its answer: the phases SWITCHING and
 * PREPARING. One per lease, used again for each command; owned by the client's event loop.
 */
final class Sending {
    private static final String BROKEN_OFF = "the login of the client's account there was broken off";

    private final Lease lease;
    private final ClientPort client;
    private final LeasedSession leased;
    private final PendingCommand pending;
    private final Preparation preparation;
    private final RelayedAnswer answer;
    private final OwnAnswers own;

    Sending(
            Lease lease,
            ClientPort client,
            LeasedSession leased,
            PendingCommand pending,
            Preparation preparation,
            RelayedAnswer answer,
            OwnAnswers own) {
        this.lease = lease;
        this.client = client;
        this.leased = leased;
        this.pending = pending;
        this.preparation = preparation;
        this.answer = answer;
        this.own = own;
    }

    /** Begins with the pending command. It may be answered, or the lease ended, within this call. */
    void begin(Backend b) {
        try {
            send(b);
        } catch (MalformedPacketException e) {
            // The client's packet does not fit its statement. What is on the way to the backend has answers to come.
            lease.discard("its client's command was malformed");
            own.giveLast(ErrorReport.malformedPacket(String.valueOf(e.getMessage())));
        } catch (RuntimeException | Error e) {
            // On this stack may be another client, who has let the backend go.
            if (lease.attached()) {
                lease.discard("a fault of the proxy");
            }
            client.failed(e);
        }
    }

    private void send(Backend b) {
        byte[] refusal = preparation.refusedLately(b);
        if (refusal != null) {
            lease.enter(Lease.Phase.HELD);
            own.giveHere(refusal);
            return;
        }
        if (preparation.switchAccount(b)) {
            lease.enter(Lease.Phase.SWITCHING);
            return;
        }
        CommandPlan plan = leased.plan();
        CommandPlan.Result result = plan.make(client.allocator(), b.memory, pending);
        if (result == CommandPlan.Result.REFUSE) {
            lease.enter(Lease.Phase.HELD);
            own.giveHere(Errors.payload(plan.refusal()));
            return;
        }
        if (result == CommandPlan.Result.ANSWER) {
            lease.enter(Lease.Phase.HELD);
            own.giveKept(plan.answer());
            return;
        }
        leased.fold().begin(pending.command, pending.facts);
        if (!preparation.begin(b)) {
            sendCommand(b);
            return;
        }
        lease.enter(Lease.Phase.PREPARING);
        if (preparation.write(b)) {
            writeCommand(b);
        }
        b.connection.channel().flush();
        prepared(b, preparation.next(b));
    }

    private void sendCommand(Backend b) {
        writeCommand(b);
        b.connection.channel().flush();
        expectAnswer(b);
    }

    private void writeCommand(Backend b) {
        ByteBuf packet = leased.plan().encode(client.allocator(), b.memory, pending);
        answer.sending();
        client.metrics().bytesToBackend(packet.readableBytes());
        b.connection.channel().write(packet, b.connection.channel().voidPromise());
    }

    private void expectAnswer(Backend b) {
        lease.enter(Lease.Phase.RELAYING);
        answer.begin();
        client.backendWritable(true);
        if (answer.relay().complete()) {
            answer.none(b);
        }
    }

    /** Sends more bytes of a command that streams, or of the client's file; takes ownership. */
    void more(Backend b, ByteBuf bytes) {
        client.metrics().bytesToBackend(bytes.readableBytes());
        b.connection.channel().writeAndFlush(bytes, b.connection.channel().voidPromise());
        if (!b.connection.channel().isWritable()) {
            // Its own word of it comes by its event loop, which may be behind.
            client.backendWritable(false);
        }
    }

    /** Bytes of an answer to COM_CHANGE_USER; returns the index behind those used. */
    int switchAnswered(Backend b, ByteBuf in, int from) {
        int next = preparation.switchAnswered(b, in, from);
        byte[] error = preparation.takeError();
        boolean brokenOff = preparation.takeBrokenOff();
        boolean again = preparation.takeAnotherPassword() || (brokenOff && pending.mayTryAnother());
        if (error != null && again) {
            lease.replace(brokenOff ? BROKEN_OFF : "COM_CHANGE_USER was refused");
        } else if (error != null && brokenOff) {
            // The server's words are for the proxy.
            lease.leaving().lost(ErrorReport.backendLost(BROKEN_OFF));
        } else if (error != null) {
            // MySQL closes the connection then; on MariaDB it would still be the account before.
            lease.discard("COM_CHANGE_USER was refused");
            own.give(error);
        } else if (!preparation.switching()) {
            begin(b);
        }
        return next;
    }

    /** Whether the server has more to say behind the answer that has just ended. */
    boolean moreAsked() {
        return preparation.moreAsked();
    }

    /** The backend is gone. */
    void abort() {
        preparation.abort();
    }

    /** The relay has got one answer of the prologue whole. */
    void stepAnswered(Backend b) {
        prepared(b, preparation.answered(b));
    }

    private void prepared(Backend b, Preparation.Outcome outcome) {
        switch (outcome) {
            case MORE -> {}
            case READY -> sendCommand(b);
            case READY_AND_SENT -> expectAnswer(b);
            case REFUSED -> {
                // The server's own words say best what is wrong.
                lease.enter(Lease.Phase.HELD);
                own.giveHere(Objects.requireNonNull(preparation.takeError()));
            }
            case BROKEN ->
                lease.leaving().lost(ErrorReport.backendLost("its session could not be made equal to the client's"));
        }
    }
}
