package io.connbudget.proxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Addresses of databases: a list in YAML, or one text with commas. */
public record HostList(List<HostPort> hosts) {
    public HostList {
        hosts = List.copyOf(hosts);
        if (hosts.stream().anyMatch(host -> host.port() == 0)) {
            throw new IllegalArgumentException("port 0");
        }
    }

    /**
     * Reads {@code db2:3306, db3:3306}.
     *
     * @throws IllegalArgumentException if a part is no address
     */
    public static HostList parse(String text) {
        List<HostPort> hosts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            hosts.add(HostPort.parse(part.strip()));
        }
        return new HostList(hosts);
    }

    @Override
    public String toString() {
        return hosts.stream().map(HostPort::toString).collect(Collectors.joining(","));
    }
}
