package io.connbudget.proxy;

import io.connbudget.proxy.config.LogConfig;
import io.connbudget.proxy.lease.ClientFacts;
import io.connbudget.proxy.lease.Lease;
import io.connbudget.proxy.logging.LogKeys;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes waits and leases that last too long into the log, once each and while they last: who is paged sees them before they end. For one thread.
 */
final class SlowClients {
    private static final Logger LOG = LoggerFactory.getLogger("io.connbudget.proxy.slow");

    /** Lines at one look; more are counted in the last one. */
    private static final int MAX_LINES = 10;

    private final Supplier<LogConfig> limits;
    private final EventLog events;
    private Set<String> told = new HashSet<>();
    private int lines;
    private int suppressed;

    SlowClients(Supplier<LogConfig> limits, EventLog events) {
        this.limits = limits;
        this.events = events;
    }

    void look(List<ClientFacts> busy, long nowNanos) {
        LogConfig now = limits.get();
        Set<String> stillSlow = new HashSet<>();
        lines = 0;
        for (ClientFacts client : busy) {
            if (client.phase() == Lease.Phase.WAITING) {
                look(
                        client,
                        "slow_wait",
                        client.requestedNanos(),
                        now.slowWait().toNanos(),
                        nowNanos,
                        stillSlow);
            } else if (client.backendId() != 0) {
                look(
                        client,
                        "long_transaction",
                        client.attachedNanos(),
                        now.longTransaction().toNanos(),
                        nowNanos,
                        stillSlow);
            }
        }
        told = stillSlow;
    }

    private void look(
            ClientFacts client, String event, long since, long limitNanos, long nowNanos, Set<String> stillSlow) {
        if (limitNanos <= 0 || nowNanos - since < limitNanos) {
            return;
        }
        String key = event + client.id() + "/" + since;
        stillSlow.add(key);
        if (told.contains(key)) {
            return;
        }
        if (lines == MAX_LINES) {
            suppressed++;
            return;
        }
        lines++;
        long millis = (nowNanos - since) / 1_000_000;
        LoggingEventBuilder line = LOG.atWarn()
                .addKeyValue(LogKeys.EVENT, event)
                .addKeyValue(LogKeys.CLIENT, client.id())
                .addKeyValue(LogKeys.USER, client.user())
                .addKeyValue(LogKeys.CLIENT_CLASS, client.clientClass())
                .addKeyValue(LogKeys.CLIENT_ADDRESS, ClientNames.address(client))
                .addKeyValue(LogKeys.MILLIS, millis);
        if (client.backendId() != 0) {
            line = line.addKeyValue(LogKeys.BACKEND, client.backendId())
                    .addKeyValue(LogKeys.REASON, ClientNames.pins(client));
        }
        if (suppressed > 0) {
            line = line.addKeyValue(LogKeys.SUPPRESSED, suppressed);
            suppressed = 0;
        }
        line.addKeyValue(LogKeys.DIGEST, client.digest()).log();
        events.add(
                event,
                "client " + client.id() + " (" + client.clientClass() + ", " + ClientNames.program(client) + ") for "
                        + millis + " ms: " + client.digest());
    }
}
