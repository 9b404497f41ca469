package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.PinReason;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One client at one moment, for operators. Times are {@link System#nanoTime}.
 *
 * @param schema the session's current schema
 * @param address null where the client has no TCP connection
 * @param beganNanos of its last command; 0 before the first
 * @param requestedNanos of its last request for a backend; counts while it waits
 * @param attachedNanos since when it has its backend; counts while it has one
 * @param silentNanos since when it has sent nothing; counts while it is silent and holds a backend
 * @param pinnedNanos since when it has had a pin without interruption; counts while there is one
 * @param pinnedBy see {@link io.connbudget.proxy.session.Pins#broughtBy}; counts while there is a pin
 * @param backendId the database's id of its backend; 0 without one
 * @param queueTimeoutNanos longest wait of its class
 */
public record ClientFacts(
        long id,
        String user,
        @Nullable String schema,
        Map<String, String> attributes,
        String clientClass,
        @Nullable InetSocketAddress address,
        boolean encrypted,
        long connectedNanos,
        Lease.Phase phase,
        long beganNanos,
        long requestedNanos,
        long attachedNanos,
        long silentNanos,
        Set<PinReason> pins,
        long pinnedNanos,
        long backendId,
        long queueTimeoutNanos,
        String digest,
        String pinnedBy) {}
