package io.connbudget.proxy;

import io.connbudget.budget.Refusal;
import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.lease.SessionEvents;
import io.connbudget.proxy.logging.FloodGate;
import io.connbudget.proxy.logging.LogKeys;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.wire.Command;
import io.connbudget.wire.message.ErrPacket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Writes what happens to sessions into the log and the list of last events, each kind at most ten times in ten seconds. */
final class LoggedEvents implements SessionEvents {
    private static final Logger LOG = LoggerFactory.getLogger("io.connbudget.proxy.session");
    private static final int LINES = 10;
    private static final int SECONDS = 10;

    private final EventLog events;
    private final FloodGate refusals = new FloodGate(LINES, SECONDS);
    private final FloodGate prologues = new FloodGate(LINES, SECONDS);
    private final FloodGate reclaims = new FloodGate(LINES, SECONDS);
    private final FloodGate losses = new FloodGate(LINES, SECONDS);

    LoggedEvents(EventLog events) {
        this.events = events;
    }

    @Override
    public void refused(ClientSession session, Refusal refusal) {
        boolean draining = refusal.reason() == Refusal.Reason.DRAINING;
        write(
                refusals,
                draining ? Level.DEBUG : Level.WARN,
                "refused",
                session,
                refusal.reason().name(),
                refusal.message());
    }

    @Override
    public void prologueFailed(ClientSession session, Command step, ErrPacket error) {
        write(
                prologues,
                Level.WARN,
                "state_refused",
                session,
                step + " " + error.code(),
                "a backend refused session state: " + error.message());
    }

    @Override
    public void pinned(ClientSession session, String statement) {
        LOG.atDebug()
                .addKeyValue(LogKeys.EVENT, "session_pinned")
                .addKeyValue(LogKeys.CLIENT, session.connectionId())
                .addKeyValue(LogKeys.USER, session.user())
                .addKeyValue(LogKeys.REASON, session.pins())
                .addKeyValue(LogKeys.STATEMENT, statement)
                .log("a session keeps its backend");
    }

    @Override
    public void lost(ClientSession session, ErrorReport report) {
        write(losses, Level.WARN, "backend_lost", session, report.error().label(), report.message());
    }

    private void write(
            FloodGate gate, Level level, String event, ClientSession session, String reason, String message) {
        long suppressed = gate.pass(System.nanoTime());
        if (suppressed < 0) {
            return;
        }
        LoggingEventBuilder line = LOG.atLevel(level)
                .addKeyValue(LogKeys.EVENT, event)
                .addKeyValue(LogKeys.CLIENT, session.connectionId())
                .addKeyValue(LogKeys.USER, session.user())
                .addKeyValue(LogKeys.REASON, reason);
        if (suppressed > 0) {
            line = line.addKeyValue(LogKeys.SUPPRESSED, suppressed);
        }
        line.log(message);
        events.add(event, "client " + session.connectionId() + " (" + session.user() + "): " + message);
    }

    @Override
    public void reclaimed(ClientSession session, Refusal refusal) {
        write(reclaims, Level.WARN, "reclaimed", session, refusal.reason().name(), refusal.message());
    }
}
