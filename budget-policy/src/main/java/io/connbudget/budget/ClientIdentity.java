package io.connbudget.budget;

import java.net.InetAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a client once it has logged in; the rules look at nothing else.
 *
 * @param user MySQL user name of the login
 * @param source address of the client: the PROXY protocol's where it is given, else the TCP peer's
 * @param schema schema of the login, null if none was named
 * @param attributes connection attributes, such as {@code program_name}; they hold no secret
 * @param tlsIdentity subject of the client's certificate, null without one
 */
public record ClientIdentity(
        String user,
        InetAddress source,
        @Nullable String schema,
        Map<String, String> attributes,
        @Nullable String tlsIdentity) {

    public ClientIdentity {
        attributes = Map.copyOf(attributes);
    }
}
