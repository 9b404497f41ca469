package io.connbudget.budget.planning;

/**
 * What is asked of a database: a fleet of workers and the database's limit.
 *
 * @param nodes machines, 1 or more
 * @param processes worker processes on each, 1 or more
 * @param pool connections that each process may open, 1 or more
 * @param limit connections that the database accepts ({@code max_connections})
 * @param reserve connections of the limit that the proxy leaves to administrators and others, 0 or more
 * @param transactionMillis mean time of a transaction, 0 if not known
 * @param perSecond transactions per second of the whole fleet, 0 if not known
 */
public record Fleet(
        int nodes, int processes, int pool, int limit, int reserve, double transactionMillis, double perSecond) {

    /** @throws IllegalArgumentException naming key, value and what was expected */
    public Fleet {
        atLeast("nodes", nodes, 1);
        atLeast("processes", processes, 1);
        atLeast("pool", pool, 1);
        atLeast("limit", limit, 1);
        atLeast("reserve", reserve, 0);
        if (reserve >= limit) {
            throw new IllegalArgumentException(
                    "reserve is " + reserve + ", expected less than limit, which is " + limit);
        }
        if (!(transactionMillis >= 0 && perSecond >= 0) || Double.isInfinite(transactionMillis + perSecond)) {
            throw new IllegalArgumentException("transaction-ms is " + transactionMillis + " and rate is " + perSecond
                    + ", expected 0 or more of both, 0 for not known");
        }
    }

    /** A fleet whose load is not known, with 5 percent of the limit, at least 3, in reserve where the limit allows. */
    public static Fleet of(int nodes, int processes, int pool, int limit) {
        return new Fleet(
                nodes, processes, pool, limit, Math.min(Math.max(3, limit / 20), Math.max(0, limit - 1)), 0, 0);
    }

    public Fleet withLoad(double millis, double rate) {
        return new Fleet(nodes, processes, pool, limit, reserve, millis, rate);
    }

    /** Worker processes in all. */
    public long workers() {
        return (long) nodes * processes;
    }

    /** Connections that the fleet may open in all. */
    public long demand() {
        return workers() * pool;
    }

    public boolean isLoadKnown() {
        return transactionMillis > 0 && perSecond > 0;
    }

    private static void atLeast(String key, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(key + " is " + value + ", expected " + least + " or more");
        }
    }
}
