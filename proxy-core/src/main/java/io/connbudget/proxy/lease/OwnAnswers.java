package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
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

    /** Answers the command with one packet; no backend is attached any more. */
    void give(byte[] payload) {
        answer.tellExpecting();
        pending.release();
        PendingCommand.SilentOutcome silent = pending.takeSilent();
        if (silent != null) {
            silent.done(payload);
            return;
        }
        client.answer(payload);
        client.flush();
        client.commandDone();
    }

    /** Answers the command with an error of the proxy's own, and closes the client's connection. */
    void giveLast(ErrorReport report) {
        pending.release();
        client.metrics().error(report.error());
        client.answer(Errors.payload(report));
        client.close();
    }

    /** Answers the command with one packet while a backend is attached, which then goes where nothing keeps it. */
    void giveHere(byte[] payload) {
        answer.tellExpecting();
        pending.release();
        PendingCommand.SilentOutcome silent = pending.takeSilent();
        if (silent == null) {
            client.answer(payload);
        }
        client.flush();
        goOn(silent, payload);
    }

    /** Answers the command with packets that a backend gave earlier, while one is attached. */
    void giveKept(byte[] packets) {
        answer.giveKept(pending.command, packets);
        answer.tellExpecting();
        pending.release();
        goOn(pending.takeSilent(), null);
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

    private void goOn(PendingCommand.@Nullable SilentOutcome silent, byte @Nullable [] payload) {
        // Not on this stack: a line of waiters that are all answered here would nest as deep as it is long.
        client.eventLoop().execute(() -> {
            lease.boundary().answeredHere();
            if (silent == null) {
                client.commandDone();
            } else {
                silent.done(payload);
            }
        });
    }
}
