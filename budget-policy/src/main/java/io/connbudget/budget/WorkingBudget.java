package io.connbudget.budget;

import java.time.Duration;

/**
 * The total to work with when the server itself refuses connections (1040, 1203, 1226): somebody else uses what the plan
 * counted on. The total falls at once to what the server let us have, and comes back step by step, a thirty-second of the
 * configured total (at least one permit) for each quiet interval. The caller gives each value to {@link Budget#resize}.
 *
 * <pre>
 *   full --(server refuses)--&gt; lowered --(an interval without a refusal: one step up)--&gt; ... --&gt; full
 *                                ^------(server refuses: down again)-------------'
 * </pre>
 *
 * Not thread-safe; time as in {@link Budget}.
 */
public final class WorkingBudget {
    private static final int STEPS = 32;

    private long intervalNanos;
    private int configured;
    private int working;
    private long lastChange;

    /**
     * Starts with the whole of the configured total.
     *
     * @param configured permits in all when the server refuses nothing, 1 or more
     * @param interval time without a refusal after which one step is tried, above 0
     */
    public WorkingBudget(int configured, Duration interval) {
        require(configured, interval);
        this.configured = configured;
        this.working = configured;
        this.intervalNanos = interval.toNanos();
    }

    /**
     * The server refused a connection.
     *
     * @param open connections of ours that were open then; several refusals of one moment lower the total once
     * @return the total from here on, at least 1: one connection goes on trying
     */
    public int refused(int open, long nowNanos) {
        working = Math.max(1, Math.min(working, open));
        lastChange = nowNanos;
        return working;
    }

    /** The total at a time; call it at least once an interval for steps to be taken in time. */
    public int at(long nowNanos) {
        if (working < configured) {
            long steps = (nowNanos - lastChange) / intervalNanos;
            if (steps > 0) {
                int step = Math.max(1, configured / STEPS);
                working = (int) Math.min(configured, working + Math.min(steps, configured) * step);
                lastChange += steps * intervalNanos;
            }
        }
        return working;
    }

    /** The configured or discovered total changed; a working total that was lowered stays lowered until it recovers. */
    public int configured(int value, long nowNanos) {
        return configured(value, Duration.ofNanos(intervalNanos), nowNanos);
    }

    /** As above, with another interval from here on. */
    public int configured(int value, Duration interval, long nowNanos) {
        require(value, interval);
        boolean full = at(nowNanos) == configured;
        configured = value;
        working = full ? value : Math.min(working, value);
        intervalNanos = interval.toNanos();
        return working;
    }

    /** Another one in the same state, to try a change on. */
    public WorkingBudget copy() {
        WorkingBudget copy = new WorkingBudget(configured, Duration.ofNanos(intervalNanos));
        copy.working = working;
        copy.lastChange = lastChange;
        return copy;
    }

    private static void require(int total, Duration interval) {
        if (total < 1 || interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("got a total of " + total + " and an interval of " + interval
                    + ", expected 1 or more, and more than 0");
        }
    }
}
