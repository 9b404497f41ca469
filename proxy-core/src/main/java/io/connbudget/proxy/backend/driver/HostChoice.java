package io.connbudget.proxy.backend.driver;

import io.connbudget.proxy.backend.BackendHost;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The host that the pool's connections go to: one at a time, so that no two clients work on two databases. It stays where it
 * is until it is moved; a host that is back is not returned to. Changed under the monitor of its owner, read by any thread.
 */
final class HostChoice {
    private final List<BackendHost> hosts;
    private volatile int current;
    /** Told of each move, from and to, by the thread that makes it. */
    private volatile BiConsumer<BackendHost, BackendHost> listener = (from, to) -> {};

    HostChoice(List<BackendHost> hosts) {
        this.hosts = List.copyOf(hosts);
    }

    BackendHost current() {
        return hosts.get(current);
    }

    void onMove(BiConsumer<BackendHost, BackendHost> told) {
        listener = told;
    }

    /** The others, from the one behind {@code host} on and round. */
    List<BackendHost> after(BackendHost host) {
        List<BackendHost> others = new ArrayList<>();
        int at = hosts.indexOf(host);
        for (int i = 1; i < hosts.size(); i++) {
            others.add(hosts.get((at + i) % hosts.size()));
        }
        return others;
    }

    /** All connections go there from here on. */
    void move(BackendHost to) {
        BackendHost from = current();
        current = hosts.indexOf(to);
        listener.accept(from, to);
    }
}
