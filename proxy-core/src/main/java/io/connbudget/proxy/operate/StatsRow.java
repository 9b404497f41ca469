package io.connbudget.proxy.operate;

/**
 * Totals since the start and means of the last ten seconds, with PgBouncer's names.
 *
 * @param totalXactCount leases that ended
 * @param totalQueryCount commands of clients
 * @param totalReceived bytes from clients to backends
 * @param totalSent bytes to clients
 * @param totalXactTime time that backends were leased, microseconds
 * @param totalWaitTime time that clients waited for backends, microseconds
 * @param totalRefused statements that got no backend
 * @param avgXactCount leases a second
 * @param avgQueryCount commands a second
 * @param avgRecv bytes a second
 * @param avgSent bytes a second
 * @param avgXactTime microseconds a lease
 * @param avgWaitTime microseconds a lease
 */
public record StatsRow(
        String database,
        long totalXactCount,
        long totalQueryCount,
        long totalReceived,
        long totalSent,
        long totalXactTime,
        long totalWaitTime,
        long totalRefused,
        long avgXactCount,
        long avgQueryCount,
        long avgRecv,
        long avgSent,
        long avgXactTime,
        long avgWaitTime) {}
