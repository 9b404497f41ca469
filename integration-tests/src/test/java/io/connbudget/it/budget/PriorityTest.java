package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.budget.Swarm.Part;

/** A class of higher priority goes first under scarcity, but not over another one's guarantee. */
final class PriorityTest {
    private static final String BUDGET = """
            max-connections: 5
            queue-timeout: 60s
            classes:
              first: {priority: 1}
              floor: {guaranteed: 1}
            rules:
              - {class: first, user: a}
              - {class: floor, user: c}
            """;

    @OnEveryServer
    void theHigherGoesFirstAndGuaranteesHold(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET);
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            Part first = swarm.add("a", "127.0.0.1", 20, RunningStatements.marked("first", "0.005"));
            Part others = swarm.add("b", "127.0.0.1", 20, RunningStatements.marked("others", "0.005"));
            Part floor = swarm.add("c", "127.0.0.1", 20, RunningStatements.marked("floor", "0.005"));
            first.begin();
            floor.begin();
            Await.until("three and the guarantee", () -> {
                RunningStatements.Count count = server.count();
                return count.of("first") == 3 && count.of("floor") == 1 && proxy.waiting() >= 30;
            });
            others.begin();

            long floorBefore = floor.answered();
            long enough = first.answered() + 300;
            int peak = 0;
            while (first.answered() < enough) {
                RunningStatements.Count count = server.count();
                assertThat(count.of("others")).isZero();
                peak = Math.max(peak, count.connections());
            }
            assertThat(others.answered()).isZero();
            assertThat(floor.answered()).isGreaterThan(floorBefore);
            assertThat(peak).isBetween(4, 5);

            first.end();
            Await.until("the others run", () -> server.count().of("others") >= 2);
            others.end();
            floor.end();
            assertThat(first.errors()).isEmpty();
            assertThat(others.errors()).isEmpty();
            assertThat(floor.errors()).isEmpty();
        }
    }
}
