package io.connbudget.proxy.session;

import static io.connbudget.proxy.session.sql.Facts.ENDS_TRANSACTION;
import static io.connbudget.proxy.session.sql.Facts.SAVEPOINT;

import io.connbudget.wire.Command;
import io.connbudget.wire.ServerStatus;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the backend while it has a transaction of the session, or may have one: by the status flags, by the announced state of
 * the transaction, and where neither tells (an error has no flags, a savepoint may come before any statement that sets them).
 * One per {@link SessionFold}.
 */
final class TransactionPins {
    private final ClientSession session;
    private @Nullable String announced;
    /**
     * A savepoint was set without autocommit, before any statement that makes the flags tell of a transaction: it is there,
     * and unannounced, until one does or the transaction ends.
     */
    private boolean savepoint;

    TransactionPins(ClientSession session) {
        this.session = session;
    }

    void begin() {
        announced = null;
    }

    /** Takes the eight flags of the transaction's state (session_track_transaction_info). */
    void announced(String flags) {
        announced = flags;
    }

    /** Takes the flags of a COM_PING, which neither begins nor ends anything. */
    void pinged(long nowNanos) {
        Pins pins = session.pins();
        HeldThings.set(pins, PinReason.TRANSACTION, inTransaction() || keptSavepoint(), nowNanos);
    }

    void end(CommandOutcome outcome, long nowNanos) {
        Pins pins = session.pins();
        String state = announced;
        if (state != null) {
            // The eighth flag is L while tables are locked. That it is missing proves nothing: MySQL drops it behind
            // implicit commits that keep the locks (ALTER TABLE, TRUNCATE, CREATE and DROP of temporary tables). What
            // proves it is the first flag, T: whatever begins a transaction explicitly unlocks the tables first.
            if (state.indexOf('L') >= 0) {
                pins.add(PinReason.TABLE_LOCK, nowNanos);
            } else if (state.startsWith("T") && !outcome.failed()) {
                pins.remove(PinReason.TABLE_LOCK);
            }
        }
        savepoint = savepoint(outcome);
        HeldThings.set(pins, PinReason.TRANSACTION, inTransaction() || savepoint || mayBeOpen(outcome), nowNanos);
    }

    /** Takes a statement of a distributed transaction: from XA START to what ends or detaches it, servers say that one is open. */
    void distributed(CommandOutcome outcome, long nowNanos) {
        Pins pins = session.pins();
        if (!outcome.failed()) {
            HeldThings.set(pins, PinReason.XA, inTransaction(), nowNanos);
        } else if (outcome.effect().statements() != 1) {
            pins.add(PinReason.XA, nowNanos);
        }
    }

    private boolean inTransaction() {
        return (session.status() & (ServerStatus.IN_TRANS | ServerStatus.IN_TRANS_READONLY)) != 0;
    }

    /** Whether {@link #savepoint} holds behind a command. */
    private boolean savepoint(CommandOutcome outcome) {
        if (inTransaction() || autocommit()) {
            return false;
        }
        if (!outcome.failed() && outcome.effect().has(SAVEPOINT)) {
            return true;
        }
        boolean ended = !outcome.failed() && outcome.effect().has(ENDS_TRANSACTION);
        return !ended && keptSavepoint();
    }

    /** Whether what was so before holds still: not where the pin has been taken away. */
    private boolean keptSavepoint() {
        return savepoint && !inTransaction() && !autocommit() && session.pins().has(PinReason.TRANSACTION);
    }

    /**
     * An ERR packet has no status flags: without autocommit its statement may have begun a transaction, which holds locks, and
     * one that may have been open before still may be.
     */
    private boolean mayBeOpen(CommandOutcome outcome) {
        boolean mayBegin = !outcome.neverStarted()
                && (outcome.command() == Command.QUERY || outcome.command() == Command.STMT_EXECUTE);
        return outcome.failed() && !autocommit() && (mayBegin || session.pins().has(PinReason.TRANSACTION));
    }

    private boolean autocommit() {
        return (session.status() & ServerStatus.AUTOCOMMIT) != 0;
    }
}
