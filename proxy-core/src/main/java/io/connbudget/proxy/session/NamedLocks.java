package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often a session may hold each named lock: never fewer times than it does. A name that is taken twice must be
 * released twice. Names are compared letter by letter; MySQL ignores case, MariaDB does not.
 */
final class NamedLocks {
    private static final String GRANTED = "1";

    private final Map<String, Integer> counts = new HashMap<>(4);
    /** One may be held whose name is not known here. */
    private boolean nameless;

    /**
     * Follows one command.
     *
     * @param row the values of its one row, in which the calls of the statement stand in order; null where they are not
     *     known
     */
    void fold(StatementFacts facts, boolean failed, @Nullable List<@Nullable String> row) {
        List<String> taken = facts.takenLocks();
        List<String> released = facts.releasedLocks();
        boolean alone = facts.statements() == 1;
        if (facts.has(Facts.TAKES_NAMED_LOCK)) {
            if (taken.isEmpty() || !alone) {
                nameless = true;
            } else {
                boolean answers = released.isEmpty() && row != null && row.size() == taken.size();
                for (int i = 0; i < taken.size(); i++) {
                    // One that fails may have got the lock, and its KILL came behind.
                    if (failed || row == null || !answers || GRANTED.equals(row.get(i))) {
                        counts.merge(taken.get(i), 1, Integer::sum);
                    }
                }
            }
            return;
        }
        if (failed || !alone) {
            return;
        }
        if (facts.has(Facts.RELEASES_ALL_NAMED_LOCKS)) {
            counts.clear();
            nameless = false;
        }
        for (int i = 0; i < released.size(); i++) {
            // Whatever the answer is, the lock is held once less than before, or was not held.
            counts.computeIfPresent(released.get(i), (name, count) -> count > 1 ? count - 1 : null);
        }
    }

    boolean any() {
        return nameless || !counts.isEmpty();
    }
}
