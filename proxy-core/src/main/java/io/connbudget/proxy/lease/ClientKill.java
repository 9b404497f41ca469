package io.connbudget.proxy.lease;

/**
 * KILL of a client by its connection id, which is the proxy's own: what runs for it at the database ends, and for more than KILL
 * QUERY its connection too. One per client; owned by that client's event loop.
 */
final class ClientKill {
    private final LeaseContext context;
    private final ClientPort client;
    private final Lease lease;

    /** @param client the one that can be killed, with its lease */
    ClientKill(LeaseContext context, ClientPort client, Lease lease) {
        this.context = context;
        this.client = client;
        this.lease = lease;
    }

    /**
     * Kills the client. On its event loop.
     *
     * @param outcome told on any thread
     */
    void kill(boolean queryOnly, BackendKill.Outcome outcome) {
        long backendId = lease.phase() == Lease.Phase.RELAYING ? lease.backendConnectionId() : 0;
        if (backendId != 0) {
            // The server is told a moment later: by then the backend must not be another client's.
            lease.boundary().killBegins();
            context.kill().kill(backendId, queryOnly, failure -> {
                client.execute(lease.boundary()::killEnds);
                if (!queryOnly) {
                    client.execute(client::close);
                }
                outcome.done(failure);
            });
            return;
        }
        if (!queryOnly) {
            client.close();
        }
        outcome.done(null);
    }
}
