package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.budget.planning.WaitHistogram;
import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.budget.Swarm.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** 1,600 clients on 16 backends: a host with 1,000 of them takes no more turns than its six siblings with 100 each. */
final class ScarcePoolTest {
    private static final int SIBLINGS = 6;
    private static final int CLIENTS_OF_A_SIBLING = 100;
    private static final int CLIENTS_OF_THE_GREEDY = 1_000;
    private static final int TURNS = 12;
    /** A host has every seventh transaction, and each of its clients waits for those of its siblings. */
    private static final long IDEAL_TURNS = (SIBLINGS + 1) * CLIENTS_OF_A_SIBLING;

    @OnEveryServer
    void aGreedyHostDoesNotStarveItsSiblings(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, "{max-connections: 17, queue-timeout: 60s}");
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            Part greedy = swarm.add("a", "127.0.0.2", CLIENTS_OF_THE_GREEDY, RunningStatements.marked("g", "0.001"));
            List<Part> siblings = new ArrayList<>();
            for (int i = 0; i < SIBLINGS; i++) {
                siblings.add(swarm.add(
                        "a", "127.0.0." + (3 + i), CLIENTS_OF_A_SIBLING, RunningStatements.marked("s", "0.001")));
            }
            greedy.begin();
            Await.until("the greedy host has the queue", () -> proxy.waiting() > CLIENTS_OF_THE_GREEDY / 2);
            for (Part sibling : siblings) {
                sibling.begin();
            }
            awaitAnswers(siblings, 2);
            greedy.takeTimes();
            for (Part sibling : siblings) {
                sibling.takeTimes();
                sibling.takeTurns();
            }

            long begin = System.nanoTime();
            long answersBefore = answers(greedy, siblings);
            awaitAnswers(siblings, TURNS);
            double perSecond = (answers(greedy, siblings) - answersBefore) / ((System.nanoTime() - begin) / 1e9);

            // Each host has a seventh of the turns, and a client one turn in a round of its host's.
            double ideal = 1e3 * (SIBLINGS + 1) * CLIENTS_OF_A_SIBLING / perSecond;
            double fifo = 1e3 * (SIBLINGS * CLIENTS_OF_A_SIBLING + CLIENTS_OF_THE_GREEDY) / perSecond;
            WaitHistogram greedyTimes = greedy.takeTimes();
            double worst = 0;
            double median = 0;
            long worstTurns = 0;
            long medianTurns = 0;
            for (Part sibling : siblings) {
                WaitHistogram turns = sibling.takeTurns();
                worstTurns = Math.max(worstTurns, turns.quantileNanos(0.99));
                medianTurns = Math.max(medianTurns, turns.quantileNanos(0.5));
                WaitHistogram times = sibling.takeTimes();
                worst = Math.max(worst, times.quantileNanos(0.99) / 1e6);
                median = Math.max(median, times.quantileNanos(0.5) / 1e6);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: %,.0f transactions/s; others: ideal %.1f ms, median %.1f ms, p99 %.1f ms (worst host);"
                            + " one queue for all would be %.1f ms; greedy host: median %.1f ms, p99 %.1f ms;"
                            + " in transactions of all clients: others ideal %d, median %d, p99 %d%n",
                    database,
                    perSecond,
                    ideal,
                    median,
                    worst,
                    fifo,
                    greedyTimes.quantileNanos(0.5) / 1e6,
                    greedyTimes.quantileNanos(0.99) / 1e6,
                    IDEAL_TURNS,
                    medianTurns,
                    worstTurns);

            assertThat(server.count().connections()).isBetween(1, 17);
            greedy.end();
            for (Part sibling : siblings) {
                sibling.end();
                assertThat(sibling.errors()).isEmpty();
            }
            assertThat(greedy.errors()).isEmpty();
            assertThat(medianTurns)
                    .as("median of the others, ideal %s", IDEAL_TURNS)
                    .isBetween(IDEAL_TURNS * 9 / 10, IDEAL_TURNS * 11 / 10);
            assertThat(worstTurns)
                    .as("p99 of the others, ideal %s; one queue for all would be the limit", IDEAL_TURNS)
                    .isLessThan(SIBLINGS * CLIENTS_OF_A_SIBLING + CLIENTS_OF_THE_GREEDY);
        }
    }

    private static long answers(Part greedy, List<Part> siblings) {
        return greedy.answered() + siblings.stream().mapToLong(Part::answered).sum();
    }

    /** Until each sibling's clients have had so many turns on average. */
    private static void awaitAnswers(List<Part> siblings, int turns) throws Exception {
        long[] before = siblings.stream().mapToLong(Part::answered).toArray();
        Await.until("turns", () -> {
            for (int i = 0; i < before.length; i++) {
                if (siblings.get(i).answered() - before[i] < (long) turns * CLIENTS_OF_A_SIBLING) {
                    return false;
                }
            }
            return true;
        });
    }
}
