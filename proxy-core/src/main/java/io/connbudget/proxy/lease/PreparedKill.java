package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import org.jspecify.annotations.Nullable;

/**
 * Refuses KILL in prepared statements: a client's connection id is the proxy's, and the server would take it for one of its
 * own and end the connection of somebody else.
 */
final class PreparedKill {
    private PreparedKill() {}

    /** Why a text is refused that COM_STMT_PREPARE prepares; null where it is not. */
    static @Nullable ErrorReport of(StatementFacts prepared) {
        return prepared.has(Facts.KILLS) ? refusal() : within(prepared);
    }

    /** Why a statement is refused that prepares others by PREPARE; null where it is not. */
    static @Nullable ErrorReport within(StatementFacts facts) {
        for (StatementFacts prepared : facts.preparedContents()) {
            if (of(prepared) != null) {
                return refusal();
            }
        }
        return null;
    }

    private static ErrorReport refusal() {
        return ErrorReport.notSupported("KILL in a prepared statement", "send KILL [QUERY] <id> as text");
    }
}
