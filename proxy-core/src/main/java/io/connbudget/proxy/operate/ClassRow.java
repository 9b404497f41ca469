package io.connbudget.proxy.operate;

import org.jspecify.annotations.Nullable;

/**
 * One client class: what it may have and what it has.
 *
 * @param max permits at most; null means no limit of its own, like every other limit here
 * @param clActive permits in use
 * @param clPinned of those, sessions that keep their backend
 * @param clIdle of those, clients that are silent
 * @param clWaiting waiters
 * @param maxwait seconds that the oldest waiter has waited
 * @param maxwaitUs the fraction of {@code maxwait} in microseconds
 * @param queueTimeoutMs longest wait, milliseconds
 * @param idleInTransactionTimeoutMs 0 for never
 * @param maxTransactionTimeMs 0 for never
 * @param untilReload keys that SET has changed, separated by commas; the next RELOAD takes them back
 */
public record ClassRow(
        String name,
        int clients,
        int clActive,
        int clPinned,
        int clIdle,
        int clWaiting,
        long maxwait,
        long maxwaitUs,
        int guaranteed,
        @Nullable Integer max,
        int weight,
        int priority,
        @Nullable Integer maxClients,
        @Nullable Integer queueLength,
        long queueTimeoutMs,
        @Nullable Integer maxPinned,
        long idleInTransactionTimeoutMs,
        long maxTransactionTimeMs,
        String untilReload) {}
