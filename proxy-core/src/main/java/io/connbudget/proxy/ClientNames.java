package io.connbudget.proxy;

import io.connbudget.proxy.lease.ClientFacts;
import io.connbudget.proxy.session.PinReason;
import java.util.stream.Collectors;

/** What clients are called in front of operators. */
final class ClientNames {
    private ClientNames() {}

    /** The host alone; empty without a TCP connection. */
    static String address(ClientFacts client) {
        return client.address() == null ? "" : client.address().getAddress().getHostAddress();
    }

    /** {@code program_name} of the connection attributes, else {@code _client_name}. */
    static String program(ClientFacts client) {
        String program = client.attributes().get("program_name");
        return program != null ? program : client.attributes().getOrDefault("_client_name", "");
    }

    /** {@code _pid} of the connection attributes. */
    static String process(ClientFacts client) {
        return client.attributes().getOrDefault("_pid", "");
    }

    /** Labels separated by commas, only while they keep a backend. */
    static String pins(ClientFacts client) {
        return client.backendId() == 0
                ? ""
                : client.pins().stream().map(PinReason::label).collect(Collectors.joining(","));
    }
}
