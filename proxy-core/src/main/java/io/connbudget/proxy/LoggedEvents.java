package io.connbudget.proxy;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.lease.SessionEvents;
import io.connbudget.proxy.session.ClientSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what happens to sessions into the log. */
final class LoggedEvents implements SessionEvents {
    private static final Logger LOG = LoggerFactory.getLogger("io.connbudget.proxy.session");

    @Override
    public void refused(ClientSession session, Refusal refusal) {
        LOG.atDebug()
                .addKeyValue("client", session.connectionId())
                .addKeyValue("user", session.user())
                .addKeyValue("reason", refusal.reason())
                .log(refusal.message());
    }

    @Override
    public void lost(ClientSession session, ErrorReport report) {
        LOG.atWarn()
                .addKeyValue("client", session.connectionId())
                .addKeyValue("user", session.user())
                .log(report.message());
    }
}
