package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.wire.Command;
import org.jspecify.annotations.Nullable;

/**
 * Answers the client, or the proxy's own command, where no backend answered. One per lease; owned by the client's event
 * loop.
 */
final class OwnAnswers {
    private final Lease lease;
    private final ClientPort client;
    private final LeasedSession leased;
    private final PendingCommand pending;
    private final RelayedAnswer answer;

    OwnAnswers(Lease lease, ClientPort client, LeasedSession leased, PendingCommand pending, RelayedAnswer answer) {
        this.lease = lease;
        this.client = client;
        this.leased = leased;
        this.pending = pending;
        this.answer = answer;
    }

    /** Answers the command with an error of the proxy's own; no backend is attached any more. */
    void give(ErrorReport report) {
        client.metrics().error(report.error());
        give(Errors.payload(report));
    }

    /** Answers the command with an ERR packet of this payload; no backend is attached any more. */
    void give(byte[] payload) {
        answer.tellExpecting();
        settleLongData(payload);
        pending.release();
        PendingCommand.SilentOutcome silent = pending.takeSilent();
        if (silent != null) {
            silent.done(payload);
            return;
        }
        if (pending.answered()) {
            client.answer(payload);
            client.flush();
        }
        client.commandDone();
    }

    /** Long data has no answer, so the execution of its statement tells the error; one that fails has used its long data up. */
    private void settleLongData(byte[] error) {
        ClientStatement statement = pending.statement;
        if (statement == null) {
            return;
        }
        switch (pending.command) {
            case STMT_SEND_LONG_DATA -> statement.longDataLost(error);
            case STMT_EXECUTE, STMT_RESET -> statement.forgetLongData();
            default -> {}
        }
    }

    /** Answers the command with an error of the proxy's own, and closes the client's connection. */
    void giveLast(ErrorReport report) {
        pending.release();
        client.metrics().error(report.error());
        client.answer(Errors.payload(report));
        client.close();
    }

    /** Answers the command with an ERR packet of this payload while a backend is attached, which then goes where nothing keeps it. */
    void giveHere(byte[] payload) {
        answer.tellExpecting();
        settleLongData(payload);
        pending.release();
        PendingCommand.SilentOutcome silent = pending.takeSilent();
        goOn(silent, payload, pending.answered());
    }

    /** Answers the command with packets that a backend gave earlier, while one is attached. */
    void giveKept(byte[] packets) {
        answer.giveKept(pending.command, packets);
        answer.tellExpecting();
        pending.release();
        goOn(pending.takeSilent(), null, false);
    }

    /** Answers COM_STMT_PREPARE as a backend answered another client a moment ago, without one; false where it cannot. */
    boolean givePrepared() {
        byte[] packets = leased.plan().kept().answer(pending);
        if (packets == null) {
            return false;
        }
        answer.giveKept(Command.STMT_PREPARE, packets);
        pending.release();
        client.commandDone();
        return true;
    }

    private void goOn(PendingCommand.@Nullable SilentOutcome silent, byte @Nullable [] payload, boolean answers) {
        // Not on this stack: a line of waiters that are all answered here would nest as deep as it is long. Nor is the
        // answer given before: with it the end of a command that streams is skipped, and the next command taken.
        client.execute(() -> {
            if (silent == null && answers && payload != null) {
                client.answer(payload);
                client.flush();
            }
            lease.boundary().answeredHere();
            if (silent == null) {
                client.commandDone();
            } else {
                silent.done(payload);
            }
        });
    }
}
