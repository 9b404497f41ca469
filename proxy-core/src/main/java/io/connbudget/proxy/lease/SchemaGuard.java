package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an account that is limited to some schemas from selecting another one. A guard against mistakes: a qualified name
 * selects nothing, and a statement that is too long to be read before it is sent is not looked at.
 */
final class SchemaGuard {
    private static final Pattern USE = Pattern.compile(
            "\\s*USE(?:\\s*`((?:[^`]|``){1,256})`|\\s+([^\\s`;]+))\\s*;?\\s*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private SchemaGuard() {}

    /** Why COM_INIT_DB is refused; null where it is not. */
    static @Nullable ErrorReport initDb(ClientSession session, ClientPort client, ByteBuf packet, int at) {
        return session.limitsSchemas() ? denied(session, client, text(packet, at)) : null;
    }

    /** Why a statement is refused that is run or prepared; null where it is not. */
    static @Nullable ErrorReport statement(
            ClientSession session, ClientPort client, StatementFacts facts, ByteBuf packet, int at) {
        if (!session.limitsSchemas() || !uses(facts)) {
            return null;
        }
        Matcher use = USE.matcher(text(packet, at));
        if (facts.statements() != 1 || !use.matches()) {
            return ErrorReport.notSupported(
                    "USE in this form for an account with accounts[].schemas", "send USE and the schema's name alone");
        }
        String quoted = use.group(1);
        return denied(session, client, quoted == null ? use.group(2) : quoted.replace("``", "`"));
    }

    private static boolean uses(StatementFacts facts) {
        if (facts.has(Facts.USES_SCHEMA)) {
            return true;
        }
        for (StatementFacts prepared : facts.preparedContents()) {
            if (uses(prepared)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable ErrorReport denied(ClientSession session, ClientPort client, String schema) {
        if (session.mayUseSchema(schema)) {
            return null;
        }
        InetSocketAddress address = client.remoteAddress();
        String host = address == null ? "" : address.getAddress().getHostAddress();
        return ErrorReport.schemaDenied(session.user(), host, schema);
    }

    private static String text(ByteBuf packet, int at) {
        return packet.toString(at, packet.writerIndex() - at, StandardCharsets.UTF_8);
    }
}
