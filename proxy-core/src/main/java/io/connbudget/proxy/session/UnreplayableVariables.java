package io.connbudget.proxy.session;

import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The variables of a session that cannot be replayed and are not at their defaults: while there are any, its backend stays.
 * Owned by the client's event loop.
 */
final class UnreplayableVariables {
    /** A session that has one of these back at its default is as if it had never set it. */
    private static final Set<String> LEAVE_NOTHING = Set.of(
            ReplayRules.SQL_AUTO_IS_NULL,
            "sql_log_bin",
            "sql_log_off",
            "skip_replication",
            "skip_parallel_replication",
            "wsrep_on",
            "binlog_format",
            "binlog_row_image");

    private final Map<String, String> defaults;
    private final Set<String> changed = new HashSet<>(2);

    /** @param defaults of sessions that set none, where known */
    UnreplayableVariables(Map<String, String> defaults) {
        this.defaults = defaults;
    }

    /** A variable has this value now, in the server's spelling. */
    void set(String name, String value) {
        String byDefault = defaults.get(name);
        if (byDefault == null || !byDefault.equalsIgnoreCase(value)) {
            changed.add(name);
        } else if (LEAVE_NOTHING.contains(name)) {
            changed.remove(name);
        }
    }

    boolean any() {
        return !changed.isEmpty();
    }

    /** Whether there are any besides these. */
    boolean anyBut(Collection<String> names) {
        return !names.containsAll(changed);
    }

    void clear() {
        changed.clear();
    }
}
