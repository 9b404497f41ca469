package io.connbudget.proxy.config;

import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/**
 * An address as it is configured; the name is resolved where it is used.
 *
 * @param host name, IPv4 address, or IPv6 address without brackets
 * @param port 0 to 65535; 0 only to listen on a port that the system picks
 */
public record HostPort(String host, int port) {
    private static final Pattern LITERAL = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    public HostPort {
        if (host.isEmpty() || host.indexOf(' ') >= 0 || port < 0 || port > 65_535) {
            throw new IllegalArgumentException("not an address");
        }
    }

    /** Parses {@code host:port}; an IPv6 host stands in brackets. */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("no port");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("IPv6 without brackets");
        }
        return new HostPort(host, Integer.parseInt(text, colon + 1, text.length(), 10));
    }

    /** Whether only the machine itself reaches it, as far as the text tells: any name but {@code localhost} may be of elsewhere. */
    public boolean isLoopback() {
        boolean literal = host.indexOf(':') >= 0 || LITERAL.matcher(host).matches();
        // A literal is not looked up.
        return literal ? resolve().getAddress().isLoopbackAddress() : host.equalsIgnoreCase("localhost");
    }

    /** Resolves the name, which may block: not on an event loop. */
    public InetSocketAddress resolve() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
