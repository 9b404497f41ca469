package io.connbudget.proxy.lease;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.wire.Command;
import io.connbudget.wire.message.ErrPacket;

/** What an operator wants to read about sessions. Called on event loops; must not block. */
public interface SessionEvents {
    /** A statement got no backend. */
    void refused(ClientSession session, Refusal refusal);

    /** A backend did not take what makes its session equal to the client's. */
    void prologueFailed(ClientSession session, Command step, ErrPacket error);

    /**
     * A session must keep its backend, for another reason than a transaction.
     *
     * @param statement that brought it, without literals
     */
    void pinned(ClientSession session, String statement);

    /** A backend was lost, and something of the session with it. */
    void lost(ClientSession session, ErrorReport report);

    /** What the session kept on its backend was ended, because it was over a limit of its class and others waited. */
    void reclaimed(ClientSession session, Refusal refusal);
}
