package io.connbudget.it.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.budget.Swarm.Part;
import java.util.Locale;
import org.junit.jupiter.api.Tag;

/** Three saturated classes of 200 clients each hold backends 3:2:1; what one does not use the others take by weight. */
@Tag("long")
final class WeightsTest {
    private static final int CLIENTS = 200;
    private static final int ANSWERS = 4_000;

    private static final String BUDGET = """
            max-connections: 13
            queue-timeout: 60s
            classes:
              a: {weight: 3, guaranteed: 6}
              b: {weight: 2}
              c: {weight: 1}
            rules:
              - {class: a, user: a}
              - {class: b, user: b}
              - {class: c, user: c}
            """;

    @OnEveryServer
    void sharesAreThoseOfTheWeightsAndAnIdleClassLendsItsOwn(TestDatabase database) throws Exception {
        try (BudgetedProxy proxy = BudgetedProxy.start(database, BUDGET);
                RunningStatements server = new RunningStatements(database);
                Swarm swarm = new Swarm(proxy.port())) {
            Part a = swarm.add("a", "127.0.0.1", CLIENTS, RunningStatements.marked("a", "0.02"));
            Part b = swarm.add("b", "127.0.0.1", CLIENTS, RunningStatements.marked("b", "0.02"));
            Part c = swarm.add("c", "127.0.0.1", CLIENTS, RunningStatements.marked("c", "0.02"));
            a.begin();
            b.begin();
            c.begin();
            Await.until("all wait", () -> proxy.waiting() > 500);

            Shares saturated = measure(server, a, b, c);
            print(database, "saturated, 3:2:1", saturated);
            assertThat(saturated.seenA()).isCloseTo(3.0 / 6, within(0.02 * 3 / 6));
            assertThat(saturated.seenB()).isCloseTo(2.0 / 6, within(0.02 * 2 / 6));
            assertThat(saturated.seenC()).isCloseTo(1.0 / 6, within(0.02 * 1 / 6));
            assertThat(saturated.peakConnections()).isBetween(1, 13);

            a.end();
            long idleNanos = System.nanoTime();
            Await.until("the others run on all backends", () -> {
                RunningStatements.Count count = server.count();
                return count.of("b") + count.of("c") >= 11;
            });
            System.out.printf(
                    Locale.ROOT,
                    "%s: a idle: b and c seen on 11 of 12 backends %.1f ms after its last answer%n",
                    database,
                    (System.nanoTime() - idleNanos) / 1e6);
            Shares lent = measure(server, a, b, c);
            print(database, "a idle, 0:2:1", lent);
            assertThat(lent.a()).isZero();
            assertThat(lent.seenB()).isCloseTo(2.0 / 3, within(0.02 * 2 / 3));

            a.begin();
            long backNanos = System.nanoTime();
            Await.until("the guarantee is back", () -> server.count().of("a") >= 5);
            System.out.printf(
                    Locale.ROOT,
                    "%s: a back: seen on 5 of its 6 backends after %.1f ms%n",
                    database,
                    (System.nanoTime() - backNanos) / 1e6);
            Shares again = measure(server, a, b, c);
            print(database, "a back, 3:2:1", again);
            assertThat(again.seenA()).isCloseTo(3.0 / 6, within(0.02 * 3 / 6));

            a.end();
            b.end();
            c.end();
            assertThat(a.errors()).isEmpty();
            assertThat(b.errors()).isEmpty();
            assertThat(c.errors()).isEmpty();
        }
    }

    /** Shares of the answers, which a busy machine distorts, and of the statements that the server was seen to run. */
    private record Shares(
            double a, double b, double c, double seenA, double seenB, double seenC, int peakConnections) {}

    private static Shares measure(RunningStatements server, Part a, Part b, Part c) throws Exception {
        long beforeA = a.answered();
        long beforeB = b.answered();
        long beforeC = c.answered();
        double seenA = 0;
        double seenB = 0;
        double seenC = 0;
        int peak = 0;
        long answers;
        do {
            RunningStatements.Count count = server.count();
            seenA += count.of("a");
            seenB += count.of("b");
            seenC += count.of("c");
            peak = Math.max(peak, count.connections());
            answers = a.answered() - beforeA + b.answered() - beforeB + c.answered() - beforeC;
        } while (answers < ANSWERS);
        double all = answers;
        double seen = seenA + seenB + seenC;
        return new Shares(
                (a.answered() - beforeA) / all,
                (b.answered() - beforeB) / all,
                (c.answered() - beforeC) / all,
                seenA / seen,
                seenB / seen,
                seenC / seen,
                peak);
    }

    private static void print(TestDatabase database, String when, Shares s) {
        System.out.printf(
                Locale.ROOT,
                "%s: %s: answers %.4f : %.4f : %.4f, running at the server %.3f : %.3f : %.3f, at most %d connections%n",
                database,
                when,
                s.a(),
                s.b(),
                s.c(),
                s.seenA(),
                s.seenB(),
                s.seenC(),
                s.peakConnections());
    }
}
