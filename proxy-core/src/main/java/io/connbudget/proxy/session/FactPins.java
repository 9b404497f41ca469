package io.connbudget.proxy.session;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.List;

/**
 * Pins what the classifier found, lets go what it found to be given up, and notes what must be read behind it. A failed
 * statement may have done part of its work, so its facts count like those of one that succeeded; not so where the error says
 * that it was refused as a whole. One per {@link SessionFold}.
 */
final class FactPins {
    /** State that the server may keep without saying so. */
    static final long HIDES =
            CALLS_ROUTINE | CALLS_UNKNOWN_FUNCTION | PREPARED_TEXT_UNKNOWN | SETS_SESSION_TRACKING | ADVANCES_SEQUENCE;

    private final ClientSession session;
    private final ReplaySwitches switches;
    private final List<String> sharedFlags;
    private final UnreadState unread;
    private final TransactionPins transaction;

    FactPins(
            ClientSession session,
            ReplaySwitches switches,
            List<String> sharedFlags,
            UnreadState unread,
            TransactionPins transaction) {
        this.session = session;
        this.switches = switches;
        this.sharedFlags = sharedFlags;
        this.unread = unread;
        this.transaction = transaction;
    }

    void fold(CommandOutcome outcome, long nowNanos) {
        StatementFacts facts = outcome.facts();
        StatementFacts effect = outcome.effect();
        boolean refused = outcome.neverStarted() && facts.statements() == 1;
        held(outcome, refused, nowNanos);
        if (refused) {
            return;
        }
        if (effect.has(ASSIGNS_USER_VARIABLE) && !switches.off(ReplayRule.USER_VARIABLES)) {
            session.userVariables().assigned(effect.assignedUserVariables());
        }
        pin(effect, effect == facts, nowNanos);
        if (effect.has(XA)) {
            transaction.distributed(outcome, nowNanos);
        }
        if (!outcome.failed() && effect.statements() == 1) {
            unlock(effect);
        }
        // The answer to LOAD DATA does not tell the id that it leaves.
        if (effect.has(SETS_LAST_INSERT_ID)
                || (effect.has(WRITES_DATA) && effect.verb().equals("LOAD"))) {
            unread.lastInsertId();
        }
    }

    /** Follows what has a name: an EXECUTE is a use of its own statement, and does what that one does. */
    private void held(CommandOutcome outcome, boolean refused, long nowNanos) {
        StatementFacts facts = outcome.facts();
        StatementFacts effect = outcome.effect();
        Pins pins = session.pins();
        if (facts.hasAny(HeldThings.FACTS) && !(refused && !facts.has(SQL_PREPARE))) {
            session.makeHeldThings()
                    .fold(facts, outcome.failed(), outcome.schemaBefore(), outcome.row(), pins, nowNanos);
        }
        if (!refused && effect != facts && effect.hasAny(HeldThings.FACTS)) {
            session.makeHeldThings().fold(effect, outcome.failed(), outcome.schemaBefore(), null, pins, nowNanos);
        }
    }

    private void pin(StatementFacts effect, boolean ofText, long nowNanos) {
        addIf(effect, LOCKS_TABLES, PinReason.TABLE_LOCK, nowNanos);
        addIf(effect, GLOBAL_READ_LOCK, PinReason.GLOBAL_READ_LOCK, nowNanos);
        addIf(effect, INSTANCE_LOCK, PinReason.INSTANCE_LOCK, nowNanos);
        addIf(effect, SETS_ROLE, PinReason.ROLE, nowNanos);
        addIf(effect, SETS_RESOURCE_GROUP, PinReason.RESOURCE_GROUP, nowNanos);
        addIf(effect, UNKNOWN_VERB | UNTERMINATED, PinReason.UNREADABLE_STATEMENT, nowNanos);
        addIf(effect, HIDES, PinReason.HIDDEN_STATE, nowNanos);
        boolean unknownRun = ofText && !effect.executedNames().isEmpty();
        boolean hides = unknownRun
                || (effect.has(SETS_UNSCOPED) && session.last().mariaDb())
                || (effect.has(SETS_UNANNOUNCED) && !sharedFlags.isEmpty());
        if (hides) {
            session.pins().add(PinReason.HIDDEN_STATE, nowNanos);
        }
        if (session.last().mariaDb() && (hides || effect.hasAny(HIDES))) {
            // A SET without a scope is announced nowhere.
            unread.settings();
        }
    }

    private void unlock(StatementFacts effect) {
        Pins pins = session.pins();
        if (effect.has(UNLOCKS_TABLES)) {
            pins.remove(PinReason.GLOBAL_READ_LOCK);
            pins.remove(PinReason.TABLE_LOCK);
        }
        if (effect.has(INSTANCE_UNLOCK)) {
            pins.remove(PinReason.INSTANCE_LOCK);
        }
    }

    private void addIf(StatementFacts effect, long wanted, PinReason reason, long nowNanos) {
        if (effect.hasAny(wanted)) {
            session.pins().add(reason, nowNanos);
        }
    }
}
