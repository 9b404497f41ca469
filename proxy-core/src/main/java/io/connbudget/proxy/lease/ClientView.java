package io.connbudget.proxy.lease;

import io.connbudget.budget.Permit;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.wire.ServerStatus;
import java.util.Set;

/**
 * One client at one moment, for a console.
 *
 * @param connectionId as {@code CONNECTION_ID()} shows it to the client
 * @param user account of the login
 * @param clientClass name of the class
 * @param source host or process that the class counts the client by
 * @param phase where its lease is; WAITING for a waiter, FREE for a client that neither has nor wants a backend
 * @param sinceNanos for a holder the time since its grant, for a waiter since its request; else 0
 * @param backendId the server's id of its backend, 0 without one
 * @param inTransaction whether a transaction is open
 * @param pins what keeps its backend, an open transaction included; empty if nothing does
 * @param lastStatement digest of its last statement, without literals; empty before the first
 */
public record ClientView(
        long connectionId,
        String user,
        String clientClass,
        String source,
        Lease.Phase phase,
        long sinceNanos,
        long backendId,
        boolean inTransaction,
        Set<PinReason> pins,
        String lastStatement) {

    public ClientView {
        pins = Set.copyOf(pins);
    }

    /** A picture of the lease's client; on its event loop. */
    static ClientView of(Lease lease, String lastStatement) {
        ClientSession session = lease.session();
        Permit permit = lease.permit();
        return new ClientView(
                session.connectionId(),
                session.user(),
                permit.clientClass().name(),
                permit.sourceKey().toString(),
                lease.phase(),
                lease.sinceNanos(System.nanoTime()),
                lease.backendConnectionId(),
                (session.status() & (ServerStatus.IN_TRANS | ServerStatus.IN_TRANS_READONLY)) != 0,
                session.pins().reasons(),
                lastStatement);
    }
}
