package io.connbudget.proxy.operate;

/**
 * The pool of one database account, with PgBouncer's names where they mean the same.
 *
 * @param database address of the database, {@code host:port}
 * @param clActive clients that hold a backend
 * @param clWaiting clients that wait for one
 * @param clPinned clients whose session keeps its backend between statements; part of {@code clActive}
 * @param svActive backends leased to clients
 * @param svIdle backends that nobody has
 * @param svLogin connections being made
 * @param svClosing connections whose close the database has not confirmed
 * @param maxwait seconds that the oldest waiter has waited
 * @param maxwaitUs the fraction of {@code maxwait} in microseconds
 * @param poolMode {@code transaction}, {@code session} or {@code eager}
 * @param budget connections that the database may count
 * @param leasable of those, connections that clients can have
 * @param physical connections that the database may count at this moment
 * @param paused whether PAUSE is in force
 */
public record PoolRow(
        String database,
        String user,
        int clActive,
        int clWaiting,
        int clPinned,
        int svActive,
        int svIdle,
        int svLogin,
        int svClosing,
        long maxwait,
        long maxwaitUs,
        String poolMode,
        int budget,
        int leasable,
        int physical,
        boolean paused) {}
