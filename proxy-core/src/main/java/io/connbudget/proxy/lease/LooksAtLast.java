package io.connbudget.proxy.lease;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.error.ErrorReport;
import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.LastStatement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of a command that looks at the session's last statement. ROW_COUNT(), FOUND_ROWS() and the diagnostics live at
 * the backend of that statement until another one runs there. Elsewhere they are answered from what its answer said and what was read
 * before it was let go, or refused; never wrong. One per client session, on its event loop.
 */
final class LooksAtLast {
    /** Facts of a command that looks. */
    static final long FACTS = OBSERVES_ROW_COUNT | OBSERVES_FOUND_ROWS | OBSERVES_DIAGNOSTICS;

    /** What is done with the command. */
    enum Verdict {
        /** It goes to the backend, which has what it looks at. */
        SEND,
        /** The last statement left nothing: it goes to the backend behind a statement that leaves nothing either. */
        SEND_BEHIND_NOTHING,
        /** The client gets {@link #answer()}. */
        ANSWER,
        /** The client gets {@link #refusal()}. */
        REFUSE
    }

    private final ClientSession session;
    private final LocalAnswers localAnswers;
    private byte @Nullable [] answer;

    LooksAtLast(ClientSession session, LocalAnswers localAnswers) {
        this.session = session;
        this.localAnswers = localAnswers;
    }

    /**
     * Judges a command with any of {@link #FACTS}.
     *
     * @param there whether the backend is that of the last statement, and runs none of the proxy's own before the command
     * @param prepares whether it prepares the command's statement again first, which leaves the counts
     */
    Verdict judge(PendingCommand pending, boolean there, boolean prepares) {
        LastStatement last = session.last();
        // GET DIAGNOSTICS may ask for the row count too.
        boolean rowCount =
                pending.facts.has(OBSERVES_ROW_COUNT) || pending.facts.verb().equals("GET");
        boolean foundRows = pending.facts.has(OBSERVES_FOUND_ROWS);
        boolean diagnostics = pending.facts.has(OBSERVES_DIAGNOSTICS);
        if (there
                && !(rowCount && !last.rowCountThere())
                && !(foundRows && !last.foundRowsThere())
                && !(diagnostics && (prepares || !last.diagnosticsThere()))) {
            return Verdict.SEND;
        }
        answer = localAnswers.answer(pending);
        if (answer != null) {
            return Verdict.ANSWER;
        }
        boolean onlyDiagnostics = !(rowCount && last.rowCount() != 0) && !foundRows;
        boolean none = last.warnings() == null && !last.diagnosticsLeft() && !last.diagnosticsUncertain();
        return onlyDiagnostics && none ? Verdict.SEND_BEHIND_NOTHING : Verdict.REFUSE;
    }

    /** The answer in packets as a backend sends them, behind {@link Verdict#ANSWER}. */
    byte[] answer() {
        return Objects.requireNonNull(answer);
    }

    ErrorReport refusal() {
        return ErrorReport.notSupported(
                "a look at the last statement's row count or diagnostics in this form, outside a transaction",
                "run both in one transaction, or use SELECT ROW_COUNT(), SELECT FOUND_ROWS() or SHOW WARNINGS alone");
    }
}
