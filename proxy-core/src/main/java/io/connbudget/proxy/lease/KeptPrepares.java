package io.connbudget.proxy.lease;

import io.connbudget.proxy.config.Handoff;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.PreparedAnswers;
import io.connbudget.proxy.session.StatementText;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One session's COM_STMT_PREPARE, answered from what a server said to others ({@link PreparedAnswers}). On the client's event
 * loop.
 */
final class KeptPrepares {
    private final LeaseContext context;
    private final ClientSession session;

    KeptPrepares(LeaseContext context, ClientSession session) {
        this.context = context;
        this.session = session;
    }

    /** What a server answered to the same COM_STMT_PREPARE a moment ago; null where the server must be asked. */
    byte @Nullable [] answer(PendingCommand pending) {
        StatementText text = pending.text;
        if (text == null || context.handoff() == Handoff.SESSION || !PreparedAnswers.mayKeep(text, session)) {
            return null;
        }
        byte[] packets = context.preparedAnswers().get(text, session, System.nanoTime());
        if (packets != null) {
            // To the session it is as if a server had answered now.
            session.last().preparedElsewhere();
        }
        return packets;
    }

    /** Whether a server is being asked the same COM_STMT_PREPARE by another client; the caller is told when that has ended. */
    boolean expect(PendingCommand pending, Runnable told) {
        StatementText text = pending.text;
        return text != null
                && context.handoff() != Handoff.SESSION
                && PreparedAnswers.mayKeep(text, session)
                && context.preparedAnswers().expect(text, session, told);
    }

    /** A COM_STMT_PREPARE was answered without a server; returns the id that the client is told. */
    int prepared(PendingCommand pending, int parameters) {
        return session.addStatement(Objects.requireNonNull(pending.text), parameters)
                .id();
    }
}
