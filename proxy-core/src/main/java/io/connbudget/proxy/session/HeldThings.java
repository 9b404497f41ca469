package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of a session only one backend can hold, by name, so that the session lets go when the last of it is gone. */
final class HeldThings {
    /** Facts that concern what is followed here. */
    static final long FACTS = Facts.CREATES_TEMPORARY_TABLE
            | Facts.RENAMES_TABLE
            | Facts.DROPS_TABLE
            | Facts.TAKES_NAMED_LOCK
            | Facts.RELEASES_NAMED_LOCK
            | Facts.HANDLER_OPEN
            | Facts.HANDLER_CLOSE
            | Facts.SQL_PREPARE
            | Facts.SQL_DEALLOCATE;

    private final TemporaryTables temporaryTables = new TemporaryTables();
    private final NamedLocks namedLocks = new NamedLocks();
    private final OpenHandlers handlers = new OpenHandlers();
    private final SqlStatements statements = new SqlStatements();

    /**
     * Follows one command and sets the session's pins by what is left.
     *
     * @param row the values of the one row that the statement answered; null where they are not known
     */
    void fold(
            StatementFacts facts,
            boolean failed,
            @Nullable String schema,
            @Nullable List<@Nullable String> row,
            Pins pins,
            long nowNanos) {
        temporaryTables.fold(facts, failed, schema);
        namedLocks.fold(facts, failed, row);
        handlers.fold(facts, failed);
        statements.fold(facts, failed);
        set(pins, PinReason.TEMPORARY_TABLE, temporaryTables.any(), nowNanos);
        set(pins, PinReason.NAMED_LOCK, namedLocks.any(), nowNanos);
        set(pins, PinReason.HANDLER, handlers.any(), nowNanos);
        set(pins, PinReason.SQL_PREPARE, statements.any(), nowNanos);
    }

    /** What the EXECUTE of a lone statement runs; null where that is not known. */
    @Nullable StatementFacts executed(StatementFacts facts) {
        return statements.executed(facts);
    }

    static void set(Pins pins, PinReason reason, boolean on, long nowNanos) {
        if (on) {
            pins.add(reason, nowNanos);
        } else {
            pins.remove(reason);
        }
    }
}
