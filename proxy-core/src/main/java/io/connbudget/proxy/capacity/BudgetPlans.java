package io.connbudget.proxy.capacity;

import io.connbudget.budget.Assignment;
import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.budget.Rule;
import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.BudgetConfig;
import io.connbudget.proxy.config.ClassConfig;
import io.connbudget.proxy.config.ProxyConfig;
import io.connbudget.proxy.config.RuleConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Makes the policy's plan of a configuration. */
public final class BudgetPlans {
    private BudgetPlans() {}

    /**
     * The plan for a number of leasable connections. Where the guarantees ask for more, which only a discovered budget can
     * bring about, the plan's total is their sum, and the caller resizes the budget to what there is.
     */
    public static BudgetPlan of(ProxyConfig config, int leasable) {
        BudgetConfig budget = config.budget();
        List<ClientClass> classes = new ArrayList<>();
        budget.classes().forEach((name, quota) -> classes.add(clientClass(name, quota, budget)));
        if (!budget.classes().containsKey(BudgetConfig.DEFAULT_CLASS)) {
            classes.add(ClientClass.defaults(ClientClass.DEFAULT_NAME)
                    .withQueueLength(budget.queueLength())
                    .withQueueTimeout(budget.queueTimeout()));
        }
        List<Assignment> assignments = new ArrayList<>();
        for (RuleConfig rule : budget.rules()) {
            assignments.add(new Assignment(
                    new Rule(rule.user(), rule.source(), rule.schema(), rule.attributes(), rule.tlsIdentity()),
                    rule.clientClass()));
        }
        // Behind the rules: an account's class is for those of its clients that no rule matches.
        for (AccountConfig account : config.accounts()) {
            String clientClass = account.clientClass();
            if (clientClass != null) {
                assignments.add(new Assignment(Rule.user(account.name()), clientClass));
            }
        }
        return new BudgetPlan(
                Math.max(leasable, guaranteed(classes)), config.frontend().maxClients(), classes, assignments);
    }

    /** Sum of the guarantees. */
    static int guaranteed(List<ClientClass> classes) {
        return classes.stream().mapToInt(ClientClass::guaranteed).sum();
    }

    private static ClientClass clientClass(String name, ClassConfig quota, BudgetConfig budget) {
        return new ClientClass(
                name,
                List.of(),
                quota.guaranteed(),
                quota.max(),
                quota.weight(),
                quota.priority(),
                quota.maxClients(),
                Objects.requireNonNullElse(quota.queueLength(), budget.queueLength()),
                Objects.requireNonNullElse(quota.queueTimeout(), budget.queueTimeout()),
                quota.maxPinned(),
                Objects.requireNonNullElse(quota.idleInTransactionTimeout(), Duration.ZERO),
                Objects.requireNonNullElse(quota.maxTransactionTime(), Duration.ZERO));
    }
}
