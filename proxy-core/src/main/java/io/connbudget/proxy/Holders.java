package io.connbudget.proxy;

import io.connbudget.proxy.lease.ClientFacts;
import io.connbudget.proxy.lease.Lease;
import io.connbudget.proxy.operate.HolderRow;
import io.connbudget.proxy.session.PinReason;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who holds the budget, first those whose end would free the most. */
final class Holders {
    /** Holders that one change to one program would end. */
    private record Group(String clientClass, String program, String address, String reasons) {}

    private Holders() {}

    /** Of clients that may hold a backend, those that do. */
    static List<HolderRow> rows(List<ClientFacts> clients, long nowNanos) {
        List<ClientFacts> holders =
                clients.stream().filter(client -> client.backendId() != 0).toList();
        Map<Group, Integer> silent = new HashMap<>();
        for (ClientFacts each : holders) {
            if (isSilent(each)) {
                silent.merge(group(each), 1, Integer::sum);
            }
        }
        return holders.stream()
                .map(each -> row(each, silent, nowNanos))
                .sorted(Comparator.comparingInt(HolderRow::frees)
                        .reversed()
                        .thenComparing(
                                Comparator.comparingLong(HolderRow::silentMs).reversed())
                        .thenComparing(
                                Comparator.comparingLong(HolderRow::heldMs).reversed()))
                .toList();
    }

    static boolean isSilent(ClientFacts client) {
        return client.phase() == Lease.Phase.HELD;
    }

    private static Group group(ClientFacts client) {
        return new Group(
                client.clientClass(),
                ClientNames.program(client),
                ClientNames.address(client),
                ClientNames.pins(client));
    }

    private static HolderRow row(ClientFacts client, Map<Group, Integer> silent, long nowNanos) {
        boolean isSilent = isSilent(client);
        String state = "running";
        if (isSilent) {
            state = client.pins().contains(PinReason.TRANSACTION) ? "in_transaction" : "pinned";
        }
        return new HolderRow(
                client.clientClass(),
                client.id(),
                client.user(),
                ClientNames.address(client),
                ClientNames.program(client),
                ClientNames.process(client),
                state,
                (nowNanos - client.attachedNanos()) / 1_000_000,
                isSilent ? (nowNanos - client.silentNanos()) / 1_000_000 : 0,
                ClientNames.pins(client),
                isSilent ? silent.getOrDefault(group(client), 0) : 0,
                client.backendId(),
                client.digest());
    }
}
