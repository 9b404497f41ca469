package io.connbudget.proxy.capacity;

import io.connbudget.budget.WorkingBudget;
import io.connbudget.proxy.backend.ServerLimits;
import io.connbudget.proxy.config.BudgetConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.logging.LogKeys;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How large the budget is at this moment: what the configuration says or the database has room for, less what the
 * database's refusals have taught.
 *
 * <pre>
 *   configured | discovered --&gt; the whole --(1040, 1203, 1226)--&gt; what was open then --(quiet intervals)--&gt; the whole
 * </pre>
 *
 * <p>Thread-safe; time as in {@link io.connbudget.budget.Budget}.
 */
public final class BudgetControl {
    /** The budget until the database has told its limits: one connection to ask it, one that is kept for KILL. */
    public static final int UNDISCOVERED = 2;

    private static final int SHUT_OUT_PART = 8;

    private static final Logger LOG = LoggerFactory.getLogger(BudgetControl.class);

    /** What follows the budget. */
    public interface Target {
        /** Connections to the database that are logged in. */
        int open();

        /** Connections that the database has refused for want of room, since the start. */
        long refusals();

        /** Makes it the limit, of connections as the database counts them; at least 1. */
        void resize(int total);

        /** Puts the classes and rules of a configuration in force, with this limit. */
        void reload(ProxyConfig config, int total);
    }

    private final Target target;
    private ProxyConfig config;
    private WorkingBudget working;
    private @Nullable ServerLimits limits;
    private int whole;
    private int total;
    private long refusalsSeen;

    /** The target has the budget of {@link #initial} already. */
    public BudgetControl(ProxyConfig config, Target target) {
        this.config = config;
        this.target = target;
        this.whole = initial(config);
        this.total = whole;
        this.working = new WorkingBudget(whole, config.budget().recoveryInterval());
    }

    /** The budget before anything was discovered. */
    public static int initial(ProxyConfig config) {
        return config.budget().discovers() ? UNDISCOVERED : config.budget().total();
    }

    /** What a configuration makes of a server's limits; at least {@link #UNDISCOVERED}. */
    public static int discovered(BudgetConfig budget, ServerLimits limits) {
        return Math.max(
                UNDISCOVERED, budget.totalOf(limits.maxConnections(), limits.others(), limits.maxUserConnections()));
    }

    /** The database's limits as they were read; without effect where the configuration gives a number. */
    public synchronized void read(ServerLimits found, long nowNanos) {
        limits = found;
        follow(nowNanos);
    }

    /** The database was reached for the first time: what it has refused before is over. */
    public synchronized void reached() {
        refusalsSeen = target.refusals();
    }

    /** Looks at what the database has refused, and tries more after a quiet time. Call it a few times a second. */
    public synchronized void tick(long nowNanos) {
        long refusals = target.refusals();
        if (refusals != refusalsSeen) {
            refusalsSeen = refusals;
            change(
                    working.refused(target.open(), nowNanos),
                    "the database refuses connections; clients wait, and more is tried again every "
                            + config.budget().recoveryInterval().toMillis() + " ms");
        } else {
            change(working.at(nowNanos), "the database has not refused a connection since");
        }
    }

    /**
     * The database did not even let the question for its limits in: its limit has fallen below what is connected. The
     * budget falls by an eighth for each such answer, until there is room to ask.
     */
    public synchronized void shutOut(long nowNanos) {
        refusalsSeen = target.refusals();
        change(
                working.refused(Math.min(target.open(), total - Math.max(1, total / SHUT_OUT_PART)), nowNanos),
                "the database refuses the question for its limits");
    }

    /** Another configuration is in force. */
    public synchronized void reload(ProxyConfig value, long nowNanos) {
        // Where the database is to be asked and has not been yet, the budget stays until it has answered.
        boolean unread = limits == null && value.budget().discovers();
        int wanted = unread ? Math.max(UNDISCOVERED, whole) : whole(value);
        WorkingBudget changed = working.copy();
        int next = changed.configured(wanted, value.budget().recoveryInterval(), nowNanos);
        // First what may refuse it.
        target.reload(value, next);
        config = value;
        whole = wanted;
        working = changed;
        log(next, "the configuration was loaded again");
        total = next;
    }

    /** Whether the configuration wants the database's limits, and nobody has read them. */
    public synchronized boolean unread() {
        return limits == null && config.budget().discovers();
    }

    private void follow(long nowNanos) {
        int next = whole(config);
        if (next != whole) {
            whole = next;
            ServerLimits found = limits;
            change(working.configured(next, nowNanos), "the database says " + found);
        }
    }

    private int whole(ProxyConfig of) {
        ServerLimits found = limits;
        return found == null || !of.budget().discovers() ? initial(of) : discovered(of.budget(), found);
    }

    private void change(int next, String reason) {
        if (next != total) {
            log(next, reason);
            total = next;
            target.resize(next);
        }
    }

    private void log(int next, String reason) {
        if (next != total) {
            LOG.atInfo()
                    .addKeyValue(LogKeys.EVENT, "budget_changed")
                    .addKeyValue(LogKeys.BUDGET, next)
                    .log("budget of " + total + " connections is " + next + ": " + reason);
        }
    }

    /** The budget, in connections as the database counts them. */
    public synchronized int total() {
        return total;
    }
}
