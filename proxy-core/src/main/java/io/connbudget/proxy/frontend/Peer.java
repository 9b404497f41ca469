package io.connbudget.proxy.frontend;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a client before it says who it is.
 *
 * @param source its address, the PROXY protocol's where that is believed
 * @param encrypted whether its connection has TLS
 * @param certificate subject (RFC 2253) of the certificate that it showed, or null
 */
record Peer(InetAddress source, boolean encrypted, @Nullable String certificate) {}
