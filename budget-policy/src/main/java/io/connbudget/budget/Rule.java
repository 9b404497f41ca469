package io.connbudget.budget;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One rule of a client class: it matches a client for which every part that is given matches. A part that is null (or an
 * empty map) asks nothing. In globs {@code *} stands for any run of characters and {@code ?} for one; case counts.
 *
 * @param user glob on the MySQL user name
 * @param source block of client addresses
 * @param schema glob on the schema of the login; a client without schema matches only a rule without this part
 * @param attributes connection attribute to glob; an attribute that the client did not send does not match
 * @param tlsIdentity glob on the certificate's subject; a client without certificate matches only a rule without this part
 */
public record Rule(
        @Nullable String user,
        @Nullable CidrBlock source,
        @Nullable String schema,
        Map<String, String> attributes,
        @Nullable String tlsIdentity) {

    /** Matches every client. */
    public static final Rule ANY = new Rule(null, null, null, Map.of(), null);

    public Rule {
        attributes = Map.copyOf(attributes);
    }

    public static Rule user(String glob) {
        return new Rule(glob, null, null, Map.of(), null);
    }

    /**
     * Matches clients whose address is in a block.
     *
     * @throws IllegalArgumentException if the text is no address block
     */
    public static Rule source(String cidr) {
        return new Rule(null, CidrBlock.parse(cidr), null, Map.of(), null);
    }

    public static Rule schema(String glob) {
        return new Rule(null, null, glob, Map.of(), null);
    }

    public static Rule attribute(String name, String glob) {
        return new Rule(null, null, null, Map.of(name, glob), null);
    }

    /** Called once a login, not once a statement. */
    public boolean matches(ClientIdentity client) {
        return matches(user, client.user())
                && (source == null || source.contains(client.source()))
                && matches(schema, client.schema())
                && matchesAttributes(client)
                && matches(tlsIdentity, client.tlsIdentity());
    }

    private boolean matchesAttributes(ClientIdentity client) {
        for (Map.Entry<String, String> wanted : attributes.entrySet()) {
            if (!matches(wanted.getValue(), client.attributes().get(wanted.getKey()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(@Nullable String glob, @Nullable String text) {
        return glob == null || (text != null && new Glob(glob).matches(text));
    }
}
