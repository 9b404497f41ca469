package io.connbudget.proxy.backend;

/**
 * A host that has the database.
 *
 * @param host name or address, an IPv6 address without brackets; a name is looked up at each connection
 * @param port 1 to 65535
 */
public record BackendHost(String host, int port) {
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
