package io.connbudget.proxy.identity;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * The address that limits by source count: an IPv4 address, or the first 64 bits of an IPv6 one, since one machine has all
 * addresses that begin with them (RFC 4291, 2.5.4). A link-local address counts whole: those of all machines of a network
 * begin alike.
 */
public final class SourceNetwork {
    private static final int NETWORK_BYTES = 8;

    private SourceNetwork() {}

    /** Stands for all sources that are counted together with this one. */
    public static InetAddress of(InetAddress source) {
        if (!(source instanceof Inet6Address) || source.isLinkLocalAddress() || source.isLoopbackAddress()) {
            return source;
        }
        byte[] network = source.getAddress();
        Arrays.fill(network, NETWORK_BYTES, network.length, (byte) 0);
        try {
            return InetAddress.getByAddress(network);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + network.length + " bytes", e);
        }
    }
}
