package io.connbudget.budget;

import java.util.List;

/**
 * The budget at one moment, for metrics and console.
 *
 * @param total permits in all, as of the last resize
 * @param inUse permits granted
 * @param waiting waiters
 * @param clients clients admitted
 * @param classes in the plan's order
 */
public record Snapshot(int total, int inUse, int waiting, int clients, List<ClassSnapshot> classes) {

    /**
     * One client class.
     *
     * @param limits the class as configured
     * @param inUse permits granted; above {@code limits.max()} only after a reload that lowered it
     * @param pinned granted permits whose session is pinned
     * @param idle granted permits whose client is silent while it holds a backend
     * @param waiting waiters
     * @param clients clients admitted
     * @param oldestWaitNanos time the oldest waiter has waited, 0 if nobody waits
     */
    public record ClassSnapshot(
            ClientClass limits, int inUse, int pinned, int idle, int waiting, int clients, long oldestWaitNanos) {}
}
