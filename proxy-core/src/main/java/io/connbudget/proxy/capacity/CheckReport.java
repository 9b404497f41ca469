package io.connbudget.proxy.capacity;

import io.connbudget.proxy.backend.ServerLimits;
import io.connbudget.proxy.config.BudgetConfig;
import io.connbudget.proxy.config.ProxyConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * What would happen if a configuration were served on a database: lines of findings, and which of them are trouble.
 *
 * @param lines for an operator, numbers first
 * @param troubles what would go wrong; empty if nothing would
 */
record CheckReport(List<String> lines, List<String> troubles) {
    CheckReport {
        lines = List.copyOf(lines);
        troubles = List.copyOf(troubles);
    }

    /** @param waitTimeoutSeconds {@code wait_timeout} of the server */
    static CheckReport of(ProxyConfig config, ServerLimits limits, String version, long waitTimeoutSeconds) {
        List<String> lines = new ArrayList<>();
        List<String> troubles = new ArrayList<>();
        BudgetConfig budget = config.budget();
        int total = budget.discovers() ? BudgetControl.discovered(budget, limits) : budget.total();
        lines.add("database: " + version + " at " + config.backend().address() + ", max_connections "
                + limits.maxConnections() + ", max_user_connections "
                + (limits.maxUserConnections() == 0 ? "none" : limits.maxUserConnections()) + ", connected now: "
                + limits.own() + " of this account, " + limits.others() + " of others");
        lines.add("budget: " + total + " connections, " + BudgetConfig.leasable(total) + " for clients and "
                + (total - BudgetConfig.leasable(total)) + " for KILL" + (budget.discovers() ? " (discovered)" : "")
                + (budget.share().of() > 1 ? ", a share of " + budget.share() : ""));
        room(total, limits, lines, troubles);
        if (budget.discovers()) {
            int due = budget.totalOf(limits.maxConnections(), limits.others(), limits.maxUserConnections());
            if (due < total) {
                troubles.add("the database leaves this proxy " + due + " of its connections, and it takes " + total
                        + " at least: raise max_connections, or lower budget.reserve or the number of shares");
            }
        }
        classes(config, total, lines, troubles);
        if (waitTimeoutSeconds < config.backend().keepalive().toSeconds()) {
            troubles.add(
                    "wait_timeout of the server is " + waitTimeoutSeconds + " s, shorter than backend.keepalive of "
                            + config.backend().keepalive().toSeconds()
                            + " s: the server would close idle connections; lower backend.keepalive");
        }
        return new CheckReport(lines, troubles);
    }

    private static void room(int total, ServerLimits limits, List<String> lines, List<String> troubles) {
        int room = limits.maxConnections() - limits.others();
        if (total > room) {
            troubles.add(
                    "budget of " + total + " > " + room + " (max_connections " + limits.maxConnections() + " less "
                            + limits.others()
                            + " of others): the database would refuse with 1040; lower budget.max-connections, or set it to auto");
        } else {
            lines.add("room: " + total + " <= " + room + " (max_connections " + limits.maxConnections() + " less "
                    + limits.others() + " of others), " + (room - total) + " stay free");
        }
        if (limits.maxUserConnections() > 0 && total > limits.maxUserConnections()) {
            troubles.add("budget of " + total + " > max_user_connections " + limits.maxUserConnections()
                    + " of the account: the database would refuse with 1203 or 1226");
        }
    }

    private static void classes(ProxyConfig config, int total, List<String> lines, List<String> troubles) {
        var plan = BudgetPlans.of(config, BudgetConfig.leasable(total));
        plan.classes()
                .forEach(c -> lines.add("class " + c.name() + ": guaranteed " + c.guaranteed() + ", max "
                        + Math.min(c.max(), BudgetConfig.leasable(total)) + ", weight " + c.weight()
                        + ", queue-timeout " + c.queueTimeout().toMillis() + " ms"));
        int guaranteed = BudgetPlans.guaranteed(plan.classes());
        if (guaranteed > BudgetConfig.leasable(total)) {
            troubles.add("the guarantees of the classes are " + guaranteed + " > " + BudgetConfig.leasable(total)
                    + " connections for clients: not all can be had at once");
        }
    }
}
