package io.connbudget.proxy.lease;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import org.jspecify.annotations.Nullable;

/**
 * Refuses to prepare what the proxy must see when it runs: KILL, since a client's connection id is the proxy's and the server
 * would take it for one of its own and end the connection of somebody else; SET of what the proxy itself stands on.
 */
final class NotPrepared {
    private NotPrepared() {}

    /** Why a text is refused that COM_STMT_PREPARE prepares; null where it is not. */
    static @Nullable ErrorReport of(StatementFacts prepared) {
        if (prepared.has(Facts.KILLS)) {
            return ErrorReport.notSupported("KILL in a prepared statement", "send KILL [QUERY] <id> as text");
        }
        return prepared.has(Facts.SETS_SESSION_TRACKING)
                ? ErrorReport.notSupported("SET of session_track_* variables", "the proxy needs them itself")
                : within(prepared);
    }

    /** Why a statement is refused that prepares others by PREPARE; null where it is not. */
    static @Nullable ErrorReport within(StatementFacts facts) {
        for (StatementFacts prepared : facts.preparedContents()) {
            ErrorReport refusal = of(prepared);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }
}
