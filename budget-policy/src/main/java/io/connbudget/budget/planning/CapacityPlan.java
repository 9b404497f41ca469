package io.connbudget.budget.planning;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The answer for a fleet: whether it fits without the proxy, and the budget to give it with the proxy.
 *
 * <p>The budget is as small as the load allows: the fewest backends that are at most 80 % busy and let 99 % of the requests in within one
 * transaction time, but no more than the limit less the reserve and the connection that the proxy keeps for KILL, and no
 * more than there are workers. If the load is not
 * known it is the smaller of those two bounds. A tenth is guaranteed to the default class, for whoever else comes through
 * the proxy.
 *
 * @param fleet what was asked
 * @param budget what is proposed; the class {@value #WORKERS} still needs the rules that tell the workers
 * @param expected waits and utilisation under the proposal, null if the load is not known
 */
public record CapacityPlan(
        Fleet fleet, BudgetPlan budget, @Nullable ErlangC expected) {
    /** Name of the class that is proposed for the fleet. */
    public static final String WORKERS = "workers";

    private static final double BUSIEST = 0.8;
    private static final double QUANTILE = 0.99;

    public static CapacityPlan of(Fleet fleet) {
        int most = (int) Math.max(1, Math.min(fleet.limit() - fleet.reserve() - 1, fleet.workers()));
        int total = fleet.isLoadKnown() ? fewest(fleet, most) : most;
        int others = total / 10;
        ClientClass workers = ClientClass.defaults(WORKERS)
                .withWeight(9)
                .withMaxClients((int) Math.min(fleet.demand(), ClientClass.UNLIMITED))
                .withQueueLength((int) Math.min(fleet.demand(), ClientClass.UNLIMITED))
                .withQueueTimeout(Duration.ofSeconds(30));
        ClientClass rest = ClientClass.defaults(ClientClass.DEFAULT_NAME).withGuaranteed(others);
        return new CapacityPlan(
                fleet,
                new BudgetPlan(total, List.of(workers, rest)),
                fleet.isLoadKnown() ? erlang(fleet, total) : null);
    }

    private static int fewest(Fleet fleet, int most) {
        double transaction = fleet.transactionMillis() / 1_000;
        int low = 1;
        int high = most;
        while (low < high) {
            int middle = (low + high) >>> 1;
            ErlangC queue = erlang(fleet, middle);
            boolean enough = queue.utilisation() <= BUSIEST && queue.waitSeconds(QUANTILE) <= transaction;
            low = enough ? low : middle + 1;
            high = enough ? middle : high;
        }
        return low;
    }

    private static ErlangC erlang(Fleet fleet, int backends) {
        return new ErlangC(backends, fleet.perSecond(), fleet.transactionMillis() / 1_000);
    }

    /** Whether the database accepts every connection that the fleet may open, without a proxy. */
    public boolean fitsWithoutProxy() {
        return fleet.demand() <= fleet.limit() - fleet.reserve();
    }

    /** Whether the proposed budget keeps up with the load; true if the load is not known. */
    public boolean keepsUp() {
        return expected == null || expected.utilisation() < 1;
    }

    /** The verdict in a few lines, numbers first. */
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "demand: %,d nodes x %,d processes x %,d connections = %,d\n",
                fleet.nodes(),
                fleet.processes(),
                fleet.pool(),
                fleet.demand()));
        text.append("without the proxy: ").append(withoutProxy()).append('\n');
        text.append(String.format(
                Locale.ROOT,
                "with the proxy: %,d client connections on a budget of %,d backends\n",
                fleet.demand(),
                budget.total()));
        if (expected == null) {
            text.append("expected wait and utilisation: not known without --transaction-ms and --rate\n");
        } else {
            text.append(String.format(
                    Locale.ROOT,
                    "expected at %,.0f transactions/s of %.1f ms: utilisation %.0f %%, ",
                    fleet.perSecond(),
                    fleet.transactionMillis(),
                    expected.utilisation() * 100));
            text.append(
                    keepsUp()
                            ? String.format(
                                    Locale.ROOT,
                                    "mean wait %.2f ms, 99 %% within %.2f ms\n",
                                    expected.meanWaitSeconds() * 1_000,
                                    expected.waitSeconds(QUANTILE) * 1_000)
                            : String.format(
                                    Locale.ROOT,
                                    "the queue grows without end; %,d backends do %,.0f transactions/s\n",
                                    budget.total(),
                                    budget.total() * 1_000 / fleet.transactionMillis()));
        }
        return text.toString();
    }

    private String withoutProxy() {
        int limit = fleet.limit();
        int reserve = fleet.reserve();
        if (fleet.demand() > limit) {
            return String.format(
                    Locale.ROOT,
                    "%,d > %,d: error 1040, Too many connections, once they are opened",
                    fleet.demand(),
                    limit);
        }
        return String.format(
                Locale.ROOT,
                "%,d %s %,d (limit %,d less reserve %,d): %s",
                fleet.demand(),
                fitsWithoutProxy() ? "<=" : ">",
                limit - reserve,
                limit,
                reserve,
                fitsWithoutProxy() ? "fits" : "fits, but leaves less than the reserve");
    }
}
