package io.connbudget.proxy;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.lease.SessionEvents;
import io.connbudget.proxy.logging.LogKeys;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.wire.Command;
import io.connbudget.wire.message.ErrPacket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what happens to sessions into the log. */
final class LoggedEvents implements SessionEvents {
    private static final Logger LOG = LoggerFactory.getLogger("io.connbudget.proxy.session");

    @Override
    public void refused(ClientSession session, Refusal refusal) {
        LOG.atDebug()
                .addKeyValue(LogKeys.CLIENT, session.connectionId())
                .addKeyValue(LogKeys.USER, session.user())
                .addKeyValue(LogKeys.REASON, refusal.reason())
                .log(refusal.message());
    }

    @Override
    public void prologueFailed(ClientSession session, Command step, ErrPacket error) {
        LOG.atWarn()
                .addKeyValue(LogKeys.CLIENT, session.connectionId())
                .addKeyValue(LogKeys.USER, session.user())
                .addKeyValue(LogKeys.COMMAND, step)
                .addKeyValue(LogKeys.CODE, error.code())
                .log("a backend refused session state: " + error.message());
    }

    @Override
    public void lost(ClientSession session, ErrorReport report) {
        LOG.atWarn()
                .addKeyValue(LogKeys.CLIENT, session.connectionId())
                .addKeyValue(LogKeys.USER, session.user())
                .log(report.message());
    }

    @Override
    public void reclaimed(ClientSession session, Refusal refusal) {
        LOG.atWarn()
                .addKeyValue(LogKeys.EVENT, "reclaimed")
                .addKeyValue(LogKeys.CLIENT, session.connectionId())
                .addKeyValue(LogKeys.USER, session.user())
                .addKeyValue(LogKeys.CLIENT_CLASS, refusal.clientClass())
                .addKeyValue(LogKeys.REASON, refusal.reason())
                .addKeyValue(LogKeys.CODE, refusal.code())
                .log(refusal.message());
    }
}
