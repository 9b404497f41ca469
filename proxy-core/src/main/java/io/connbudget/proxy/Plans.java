package io.connbudget.proxy;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.proxy.config.ProxyConfig;
import java.util.List;

/** The budget's plan of a configuration. */
final class Plans {
    private Plans() {}

    static BudgetPlan of(ProxyConfig config, int leasable) {
        ClientClass byDefault = ClientClass.defaults(ClientClass.DEFAULT_NAME)
                .withQueueLength(config.budget().queueLength())
                .withQueueTimeout(config.budget().queueTimeout());
        return new BudgetPlan(leasable, config.frontend().maxClients(), List.of(byDefault));
    }
}
