package io.connbudget.budget.planning;

import java.util.List;

/** An arrival pattern of one client class; times are nanoseconds from the start of the simulation. */
public sealed interface Load {
    /** Name in the result. */
    String name();

    /** Name of the client class. */
    String clientClass();

    /**
     * Clients that run a transaction, think, and run the next one; a refused client thinks for {@code retryNanos}.
     *
     * @param sources hosts; each has {@code clientsPerSource} clients
     * @param transactionNanos mean of the exponentially distributed time that a transaction holds its permit, 1 or more
     * @param thinkNanos mean of the exponentially distributed pause, 0 for none
     * @param startNanos first request
     * @param endNanos no request from here on
     */
    record Closed(
            String name,
            String clientClass,
            int sources,
            int clientsPerSource,
            long transactionNanos,
            long thinkNanos,
            long retryNanos,
            long startNanos,
            long endNanos)
            implements Load {}

    /**
     * Requests that come at random (Poisson), whatever becomes of the earlier ones.
     *
     * @param sources hosts that the requests are spread over evenly
     * @param perSecond mean rate, above 0
     */
    record Open(
            String name,
            String clientClass,
            int sources,
            double perSecond,
            long transactionNanos,
            long startNanos,
            long endNanos)
            implements Load {}

    /**
     * Requests as they were recorded.
     *
     * @param arrivals in order of time
     */
    record Recorded(String name, String clientClass, List<Arrival> arrivals) implements Load {
        public Recorded {
            arrivals = List.copyOf(arrivals);
        }
    }

    /**
     * One recorded request.
     *
     * @param source host or process
     * @param transactionNanos time that the transaction held its backend
     */
    record Arrival(long atNanos, String source, long transactionNanos) {}
}
