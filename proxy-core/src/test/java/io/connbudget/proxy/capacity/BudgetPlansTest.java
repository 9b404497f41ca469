package io.connbudget.proxy.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.budget.ClientIdentity;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetPlansTest {
    @TempDir
    Path directory;

    private ProxyConfig load(String budget) throws Exception {
        Path file = Files.writeString(directory.resolve("c.yaml"), """
                backend: {address: 127.0.0.1:3306, user: app, password: x}
                frontend: {max-clients: 700}
                budget:
                """ + budget.indent(2));
        return new ConfigLoader(Map.of()).load(file, Map.of()).config();
    }

    private static ClientIdentity client(String user, String source) throws UnknownHostException {
        return new ClientIdentity(user, InetAddress.getByName(source), null, Map.of(), null);
    }

    @Test
    void theDefaultClassHasTheBudgetsQueue() throws Exception {
        BudgetPlan plan = BudgetPlans.of(load("{max-connections: 16, queue-length: 9, queue-timeout: 3s}"), 15);

        assertThat(plan)
                .isEqualTo(new BudgetPlan(
                        15,
                        700,
                        java.util.List.of(ClientClass.defaults("default")
                                .withQueueLength(9)
                                .withQueueTimeout(Duration.ofSeconds(3)))));
    }

    @Test
    void theFirstRuleOfTheListWinsWhateverTheOrderOfTheClasses() throws Exception {
        BudgetPlan plan = BudgetPlans.of(load("""
                max-connections: 16
                queue-timeout: 3s
                classes:
                  web: {guaranteed: 2, max: 10, weight: 3}
                  batch: {queue-timeout: 1m, max-pinned: 0, idle-in-transaction-timeout: 5s, max-transaction-time: 1m}
                rules:
                  - {class: default, user: root}
                  - {class: batch, source: 10.2.0.0/16}
                  - {class: web, user: "w*"}
                  - {class: batch, user: web2}
                """), 15);

        assertThat(plan.classify(client("root", "10.2.0.1")).name()).isEqualTo("default");
        assertThat(plan.classify(client("web", "10.2.0.1")).name()).isEqualTo("batch");
        assertThat(plan.classify(client("web2", "10.3.0.1")).name()).isEqualTo("web");
        assertThat(plan.classify(client("x", "10.3.0.1")).name()).isEqualTo("default");
        assertThat(plan.named("web").queueTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(plan.named("batch").queueTimeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(plan.named("batch").idleInTransactionTimeout()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void guaranteesAboveADiscoveredBudgetDoNotStopTheProxy() throws Exception {
        BudgetPlan plan = BudgetPlans.of(load("""
                max-connections: auto
                classes: {web: {guaranteed: 20}}
                """), 7);

        assertThat(plan.total()).isEqualTo(20);
    }
}
