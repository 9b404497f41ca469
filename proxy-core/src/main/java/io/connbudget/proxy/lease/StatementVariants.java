package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.wire.Command;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Chooses among a backend's statements of one text the one that serves an execution: one that was only ever executed under the same
 * settings and, on MySQL, with the same parameter types and NULL for the same parameters. MySQL derives the columns of an
 * expression over parameters ({@code SELECT ?}) from the values of an execution, and converts the values of some later ones
 * to their types; it prepares statements anew by itself, under the settings of that moment; MariaDB takes over some settings from
 * an execution. Sharing a statement beyond them would give one client's conversions and settings to another.
 *
 * <p>A statement that writes answers with no columns, and many of its parameters are NULL now and then: one that says so in
 * place of its type counts as of the type that it had before.
 *
 * <p>A client that changes them from one execution to the next thus gets what the first execution of a statement gives with
 * the later ones.
 */
final class StatementVariants {
    private StatementVariants() {}

    /**
     * Sets what the statement of an execution is known by; of other commands it stays as it is.
     *
     * @param byTypes whether parameter types count
     */
    static void choose(SessionState state, BackendStatements there, PendingCommand pending, boolean byTypes) {
        ClientStatement statement = pending.statement;
        ByteBuf packet = pending.packet;
        if (statement == null || packet == null || pending.command != Command.STMT_EXECUTE || statement.own() != null) {
            return;
        }
        if (statement.text().facts().has(Facts.READS_USER_VARIABLE)) {
            // Its session keeps the backend that prepared it, where nobody else executes it: it is the one that there
            // would be.
            return;
        }
        statement.shareUnder(state);
        if (byTypes && statement.parameters() > 0) {
            byte[] types = StatementPackets.types(packet, statement);
            if (types.length == 0) {
                return;
            }
            if (statement.text().facts().has(Facts.WRITES_DATA)) {
                byOneType(statement, types);
                StatementPackets.types(packet, statement, statement.sharedTypes());
            } else {
                byValues(statement, StatementPackets.typesOfValues(packet, statement, types));
            }
        }
        if (there.get(statement.text()) == null) {
            there.rename(statement.prepared(), statement.text());
        }
    }

    private static void byValues(ClientStatement statement, byte[] types) {
        if (!Arrays.equals(types, statement.sharedTypes())) {
            statement.shareBy(types);
        }
    }

    private static void byOneType(ClientStatement statement, byte[] types) {
        byte[] shared = statement.sharedTypes();
        if (shared.length == 0 || !alike(types, shared)) {
            statement.shareBy(filled(types, shared));
        }
    }

    /** A parameter that is NULL in one execution, and says so in place of its type, is of no other type. */
    private static boolean alike(byte[] types, byte[] shared) {
        if (Arrays.equals(types, shared)) {
            return true;
        }
        for (int i = 0; i < types.length; i += 2) {
            if (types[i] != StatementPackets.NULL_TYPE && (types[i] != shared[i] || types[i + 1] != shared[i + 1])) {
                return false;
            }
        }
        return true;
    }

    private static byte[] filled(byte[] types, byte[] shared) {
        byte[] filled = types.clone();
        for (int i = 0; i < shared.length; i += 2) {
            if (filled[i] == StatementPackets.NULL_TYPE) {
                filled[i] = shared[i];
                filled[i + 1] = shared[i + 1];
            }
        }
        return filled;
    }
}
