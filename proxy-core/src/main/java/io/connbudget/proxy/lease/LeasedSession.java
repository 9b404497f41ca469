package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.SessionFold;

/**
 * The session that a lease works for and what belongs to it, replaced together by COM_CHANGE_USER. Owned by the client's
 * event loop.
 */
final class LeasedSession {
    private final LeaseContext context;
    private ClientSession session;
    private SessionFold fold;
    private CommandPlan plan;

    LeasedSession(LeaseContext context, ClientSession session) {
        this.context = context;
        this.session = session;
        this.fold = new SessionFold(session, context.switches(), context.profile());
        this.plan = new CommandPlan(context, session);
    }

    /** Another session begins; no backend may be held. */
    void begin(ClientSession next) {
        session = next;
        fold = new SessionFold(next, context.switches(), context.profile());
        plan = new CommandPlan(context, next);
    }

    /** The backend is gone, and with it all that the session had there. */
    void backendLost(ErrorReport report) {
        session.longDataLost(Errors.payload(report));
        session.backendLost();
    }

    ClientSession session() {
        return session;
    }

    SessionFold fold() {
        return fold;
    }

    CommandPlan plan() {
        return plan;
    }
}
