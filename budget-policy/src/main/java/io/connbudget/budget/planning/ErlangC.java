package io.connbudget.budget.planning;

/**
 * Waiting in an M/M/c queue: requests arrive at random, hold one of c backends for an exponentially distributed time, and
 * wait first come, first served.
 *
 * @param backends c, 1 or more
 * @param perSecond arrivals, 0 or more
 * @param transactionSeconds mean time that a backend is held, above 0
 * @see <a href="https://en.wikipedia.org/wiki/Erlang_(unit)#Erlang_C_formula">Erlang C</a>
 */
public record ErlangC(int backends, double perSecond, double transactionSeconds) {

    public ErlangC {
        if (backends < 1 || !(perSecond >= 0) || !(transactionSeconds > 0) || Double.isInfinite(perSecond)) {
            throw new IllegalArgumentException(
                    "got " + backends + " backends, " + perSecond + " arrivals per second and " + transactionSeconds
                            + " s per transaction, expected 1 or more, 0 or more, and more than 0");
        }
    }

    /** Share of the backends that is busy; 1 or more means that the queue grows without end. */
    public double utilisation() {
        return perSecond * transactionSeconds / backends;
    }

    /** Probability that a request has to wait at all; 1 if the queue grows without end. */
    public double waitProbability() {
        double rho = utilisation();
        if (rho >= 1) {
            return 1;
        }
        // Erlang B by its recurrence, which neither overflows nor loses digits; then B -> C.
        double offered = perSecond * transactionSeconds;
        double blocked = 1;
        for (int k = 1; k <= backends; k++) {
            blocked = offered * blocked / (k + offered * blocked);
        }
        return blocked / (1 - rho * (1 - blocked));
    }

    /** Mean wait of all requests, also of those that do not wait; infinite if the queue grows without end. */
    public double meanWaitSeconds() {
        double rho = utilisation();
        return rho >= 1 ? Double.POSITIVE_INFINITY : waitProbability() * transactionSeconds / (backends * (1 - rho));
    }

    /**
     * The wait that a share of the requests stays within.
     *
     * @param quantile such as 0.99, at least 0 and below 1
     */
    public double waitSeconds(double quantile) {
        double rho = utilisation();
        if (rho >= 1) {
            return Double.POSITIVE_INFINITY;
        }
        double ratio = waitProbability() / (1 - quantile);
        return ratio <= 1 ? 0 : Math.log(ratio) * transactionSeconds / (backends * (1 - rho));
    }
}
