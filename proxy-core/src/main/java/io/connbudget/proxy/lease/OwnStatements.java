package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.BackendMemory;
import io.connbudget.proxy.session.BackendStatements;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ClientStatement;
import io.connbudget.wire.Command;

/**
 * The backend's statements that a client has to itself for a while, and its backend with them: an execution by anybody else,
 * or of another statement of the same text by the client itself, would close the cursor that is open on one, and take the
 * long data that was sent to one for its own.
 *
 * <pre>
 *            COM_STMT_EXECUTE that leaves a cursor,
 *            more COM_STMT_SEND_LONG_DATA than is kept
 *   SHARED -------------------------------------------> OWN
 *     ^                                                  |
 *     |   COM_STMT_EXECUTE or COM_STMT_FETCH without     |
 *     |   a cursor behind it, COM_STMT_RESET             |
 *     +--------------------------------------------------+
 *     (or closed at the server, where it is not like      \   COM_STMT_CLOSE
 *      others of its text any more)                        +------------------> closed at the server
 * </pre>
 */
final class OwnStatements {
    private OwnStatements() {}

    /** Long data was sent to the statement. */
    static void longDataSent(ClientSession session, BackendMemory backend, ClientStatement statement, long nowNanos) {
        own(backend, statement).longDataSent();
        session.longDataSent(statement, true, nowNanos);
    }

    /** An execution of the statement was answered by an error. */
    static void failed(BackendMemory backend, ClientStatement statement) {
        BackendStatements.Prepared own = statement.own();
        BackendStatements.Prepared prepared =
                own != null ? own : backend.statements().get(statement.text());
        if (prepared != null) {
            prepared.failed();
        }
    }

    /** A command of the statement was answered. */
    static void answered(
            ClientSession session,
            BackendMemory backend,
            ClientStatement statement,
            Command command,
            boolean cursorOpen,
            long nowNanos) {
        session.cursor(statement, cursorOpen, nowNanos);
        if (command != Command.STMT_FETCH) {
            session.longDataSent(statement, false, nowNanos);
        }
        BackendStatements.Prepared own = statement.own();
        if (cursorOpen) {
            own(backend, statement);
        } else if (own != null && !statement.longDataSent()) {
            statement.own(null);
            backend.statements().giveBack(statement.text(), own);
        }
    }

    private static BackendStatements.Prepared own(BackendMemory backend, ClientStatement statement) {
        BackendStatements.Prepared own = statement.own();
        if (own == null) {
            own = backend.statements().take(statement.text());
            statement.own(own);
        }
        return own;
    }
}
