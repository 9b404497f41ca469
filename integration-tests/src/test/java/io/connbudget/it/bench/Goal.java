package io.connbudget.it.bench;

/**
 * A figure that the proxy is to reach.
 *
 * @param what the case and the figure
 * @param limit the threshold, in the unit of the figure, or as a ratio
 * @param unit what the numbers are of: {@code x HAProxy}, {@code ms}
 * @param atMost whether more than the limit is too much; else less is too little
 * @param measured NaN where it was not measured
 */
record Goal(String what, double limit, String unit, boolean atMost, double measured) {
    boolean isMeasured() {
        return !Double.isNaN(measured);
    }

    boolean holds() {
        return atMost ? measured <= limit : measured >= limit;
    }
}
