package io.connbudget.budget;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A block of IPv4 or IPv6 addresses, such as {@code 10.2.0.0/16} or {@code 2001:db8::/32}; an address without a slash is
 * a block of one. An IPv4-mapped IPv6 address counts as the IPv4 address that it carries.
 */
public final class CidrBlock {
    private static final Pattern DOTTED_QUAD = Pattern.compile("\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    private static final String EXPECTED = "expected an IPv4 or IPv6 block such as 10.2.0.0/16 or 2001:db8::/32";

    private final String text;
    private final byte[] network;
    private final int prefixBits;

    private CidrBlock(String text, byte[] network, int prefixBits) {
        this.text = text;
        this.network = network;
        this.prefixBits = prefixBits;
    }

    /**
     * Reads a block; never asks a name server.
     *
     * @throws IllegalArgumentException if the text is no address block, or has bits set behind its prefix
     */
    public static CidrBlock parse(String text) {
        int slash = text.indexOf('/');
        byte[] network = literal(slash < 0 ? text : text.substring(0, slash), text);
        int bits = network.length * 8;
        int prefix = slash < 0 ? bits : prefix(text.substring(slash + 1), bits, text);
        for (int bit = prefix; bit < bits; bit++) {
            if ((network[bit >> 3] & (0x80 >> (bit & 7))) != 0) {
                throw new IllegalArgumentException(
                        "source: '" + text + "' has address bits behind its prefix of " + prefix + ", " + EXPECTED);
            }
        }
        return new CidrBlock(text, network, prefix);
    }

    private static byte[] literal(String address, String text) {
        // Only what getByName takes for a literal reaches it, else it would ask a name server.
        boolean quad = DOTTED_QUAD.matcher(address).matches();
        if (quad || (address.indexOf(':') >= 0 && address.indexOf('%') < 0 && address.indexOf('[') < 0)) {
            try {
                return InetAddress.getByName(address).getAddress();
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException("source: '" + text + "' is no address, " + EXPECTED, e);
            }
        }
        throw new IllegalArgumentException("source: '" + text + "' is no address, " + EXPECTED);
    }

    private static int prefix(String digits, int bits, String text) {
        if (digits.matches("\\d{1,3}") && Integer.parseInt(digits) <= bits) {
            return Integer.parseInt(digits);
        }
        throw new IllegalArgumentException(
                "source: '" + text + "' has prefix '" + digits + "', expected 0 to " + bits + " behind the slash");
    }

    public boolean contains(InetAddress address) {
        byte[] other = unmapped(address.getAddress());
        if (other.length != network.length) {
            return false;
        }
        int whole = prefixBits >> 3;
        if (!Arrays.equals(network, 0, whole, other, 0, whole)) {
            return false;
        }
        int rest = prefixBits & 7;
        return rest == 0 || ((network[whole] ^ other[whole]) & (0xff00 >> rest) & 0xff) == 0;
    }

    /** An {@code Inet6Address} that was made with a scope may carry an IPv4 address, which Java else never lets it. */
    private static byte[] unmapped(byte[] address) {
        if (address.length != 16 || address[10] != -1 || address[11] != -1) {
            return address;
        }
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return address;
            }
        }
        return Arrays.copyOfRange(address, 12, 16);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CidrBlock block
                && prefixBits == block.prefixBits
                && Arrays.equals(network, block.network);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(network) * 31 + prefixBits;
    }

    /** The text that was read. */
    @Override
    public String toString() {
        return text;
    }
}
