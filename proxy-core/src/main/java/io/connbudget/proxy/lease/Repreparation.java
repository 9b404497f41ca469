package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.BackendMemory;
import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.proxy.session.Prologue;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.proxy.session.ReplayRules;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.wire.Command;
import io.connbudget.wire.response.ResponseTracker;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Prepares a client's statement again on a backend that has none which fits its execution. One per client session, on its
 * event loop.
 */
final class Repreparation {
    private final LeaseContext context;
    private final ClientSession session;
    /** The statement that the prologue prepares; its id comes with the answer. */
    private @Nullable StatementText preparing;

    private int prepareStep;

    Repreparation(LeaseContext context, ClientSession session) {
        this.context = context;
        this.session = session;
    }

    /** The prologue prepares none so far. */
    void none() {
        preparing = null;
    }

    /**
     * Whether the statement that a backend has prepared serves the command. Servers take long data for a value of the type that
     * the execution before it gave the parameter, and that may have been another client's; and so may the cursor have been
     * after which MySQL ends no answer to an execution without one.
     */
    static boolean fits(ClientStatement statement, BackendStatements.@Nullable Prepared there, PendingCommand pending) {
        boolean longData = pending.command == Command.STMT_SEND_LONG_DATA || statement.longDataBytes() > 0;
        ByteBuf packet = pending.packet;
        return there != null
                && !(longData && there.types().length > 0)
                && !(there.executedWithCursor()
                        && pending.command == Command.STMT_EXECUTE
                        && packet != null
                        && !StatementPackets.wantsCursor(packet));
    }

    /** Whether the text is prepared with nothing else before and behind it. */
    boolean plain(StatementText text) {
        return !holds(ReplayRule.PREPARED_SETTINGS)
                || ((text.schema() == null
                                || text.schema().equals(session.state().schema()))
                        && text.setUp(session.state()) == null);
    }

    /** Adds the steps that prepare the text, with the schema and the settings of its first preparation. */
    void add(Prologue steps, StatementText text) {
        String schema = text.schema();
        String current = session.state().schema();
        boolean asThen = holds(ReplayRule.PREPARED_SETTINGS);
        boolean elsewhere = asThen && schema != null && !schema.equals(current);
        String setUp = asThen ? text.setUp(session.state()) : null;
        if (schema != null && elsewhere) {
            steps.initDb(schema);
        }
        if (setUp != null) {
            steps.query(setUp);
        }
        preparing = text;
        prepareStep = steps.expected().size();
        steps.add(Command.STMT_PREPARE, text.sql());
        if (setUp != null) {
            steps.query(text.takeBack(session.state()));
            if (context.profile().mariaDb() && ReplayRules.warns(setUp)) {
                steps.query(Prologue.FORGET_ON_MARIADB);
            }
        }
        if (elsewhere && current != null) {
            steps.initDb(current);
        }
        steps.confirmFirst();
    }

    /**
     * A step of the prologue was answered without an error.
     *
     * @return whether the statement was prepared by it
     */
    boolean stepDone(BackendMemory backend, int step, ResponseTracker tracker) {
        StatementText text = preparing;
        if (text == null || !at(step)) {
            return false;
        }
        backend.statements().put(text, tracker.outcome().preparedStatementId());
        return true;
    }

    /** Whether it is this step of the prologue. */
    boolean at(int step) {
        return preparing != null && step == prepareStep;
    }

    private boolean holds(ReplayRule rule) {
        return !context.switches().off(rule);
    }
}
