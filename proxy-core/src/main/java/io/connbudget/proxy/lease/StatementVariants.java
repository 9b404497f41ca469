package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.wire.Command;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Chooses among a backend's statements of one text the one that serves an execution. MySQL derives the columns of an
 * expression over parameters ({@code SELECT ?}) from the types of the statement's first execution, and converts the values
 * of later ones: sharing it beyond equal types would give one client's conversions to another.
 *
 * <p>The first execution of a client's statement decides for all of them, as on a connection of its own; where a later one
 * with other types comes to a backend that has no such statement, its own types decide there.
 */
final class StatementVariants {
    private static final byte NULL_TYPE = 6;

    private StatementVariants() {}

    /** Sets what the statement of an execution is known by; of other commands, and where no types are known, it stays as it is. */
    static void choose(ClientSession session, BackendStatements there, PendingCommand pending) {
        ClientStatement statement = pending.statement;
        ByteBuf packet = pending.packet;
        if (statement == null
                || packet == null
                || pending.command != Command.STMT_EXECUTE
                || statement.parameters() == 0
                || statement.cursorOf() != null
                // The parameter's value is at the backend's statement already.
                || session.pins().has(PinReason.LONG_DATA)) {
            return;
        }
        byte[] types = StatementPackets.types(packet, statement);
        if (types.length == 0) {
            return;
        }
        if (statement.firstTypes().length == 0) {
            statement.firstExecutedWith(types);
        }
        StatementText variant = statement.asFirstExecuted();
        byte[] first = statement.firstTypes();
        if (likeFirst(types, first)) {
            StatementPackets.types(packet, statement, first);
        } else if (there.get(variant) == null) {
            variant = statement.prepared().firstExecutedWith(types);
        }
        statement.use(variant);
        if (there.get(variant) == null) {
            there.rename(statement.prepared(), variant);
        }
    }

    /** A parameter that is NULL in one execution, and says so in place of its type, is of no other type. */
    private static boolean likeFirst(byte[] types, byte[] first) {
        if (Arrays.equals(types, first)) {
            return true;
        }
        for (int i = 0; i < types.length; i += 2) {
            if (types[i] != NULL_TYPE && (types[i] != first[i] || types[i + 1] != first[i + 1])) {
                return false;
            }
        }
        return true;
    }
}
