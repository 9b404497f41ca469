package io.connbudget.budget.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.budget.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final long HOUR = 3_600 * SECOND;

    private static Load closed(String name, String clientClass, int hosts, int clients, long millis) {
        return new Load.Closed(name, clientClass, hosts, clients, millis * MS, 0, 100 * MS, 0, HOUR);
    }

    /**
     * 1,600 clients on 16 backends, 1 ms transactions, one host with 1,000 of them, 600 on 60 other hosts. Fair is a turn for
     * each of the 61 hosts: 16,000 / 61 = 262 transactions a second for a host, so each of a small host's ten clients waits
     * 10 / 262 s less its own transaction = 37 ms. First come, first served over all would give 100 ms.
     */
    @Test
    void greedyHostDoesNotSlowItsSiblings() {
        ClientClass web = ClientClass.defaults("web");
        Simulation simulation = new Simulation(
                new BudgetPlan(16, List.of(web)),
                List.of(closed("greedy", "web", 1, 1_000, 1), closed("small", "web", 60, 10, 1)),
                7);
        List<LoadResult> results = simulation.run(60 * SECOND);

        double idealMillis = 10 / (16_000.0 / 61) * 1_000 - 1;
        WaitHistogram greedy = results.get(0).waits();
        WaitHistogram small = results.get(1).waits();
        System.out.printf(
                "small hosts' wait: ideal %.1f ms, mean %.1f ms, p99 %.1f ms; greedy host's mean %.0f ms%n",
                idealMillis, small.meanNanos() / MS, small.quantileNanos(0.99) / (double) MS, greedy.meanNanos() / MS);
        assertThat(small.meanNanos() / MS).isCloseTo(idealMillis, within(idealMillis * 0.02));
        assertThat(small.quantileNanos(0.99) / (double) MS).isCloseTo(idealMillis, within(idealMillis * 0.25));
        assertThat(simulation.peakInUse()).isEqualTo(16);
    }

    @Test
    void saturatedClassesShareByWeightAndTakeOverWhatOneLeaves() {
        ClientClass a = ClientClass.defaults("a").withWeight(3).withGuaranteed(4);
        ClientClass b = ClientClass.defaults("b").withWeight(2);
        ClientClass c = ClientClass.defaults("c").withWeight(1);
        BudgetPlan plan = new BudgetPlan(60, List.of(a, b, c));
        long end = 60 * SECOND;
        Simulation all = new Simulation(
                plan,
                List.of(closed("a", "a", 1, 200, 5), closed("b", "b", 1, 200, 5), closed("c", "c", 1, 200, 5)),
                1);
        assertShares(all.run(end), end, 30, 20, 10);

        Simulation withoutA =
                new Simulation(plan, List.of(closed("b", "b", 1, 200, 5), closed("c", "c", 1, 200, 5)), 1);
        assertShares(withoutA.run(end), end, 40, 20);
    }

    /**
     * From 100 ms after the heaviest class has gone idle the others hold all permits by their weights; from one transaction
     * after it is back it holds its own. One seed gives one result, so what is held between two moments is the difference of
     * two runs.
     */
    @Test
    void sharesOfAClassThatGoesIdleAndComesBackMoveWithinATenthOfASecond() {
        ClientClass a = ClientClass.defaults("a").withWeight(3).withGuaranteed(30);
        ClientClass b = ClientClass.defaults("b").withWeight(2);
        ClientClass c = ClientClass.defaults("c").withWeight(1);
        BudgetPlan plan = new BudgetPlan(60, List.of(a, b, c));
        long idleAt = 10 * SECOND;
        long backAt = 20 * SECOND;
        List<Load> loads = List.of(
                new Load.Closed("a", "a", 1, 200, 5 * MS, 0, 100 * MS, 0, idleAt),
                new Load.Closed("a again", "a", 1, 200, 5 * MS, 0, 100 * MS, backAt, HOUR),
                closed("b", "b", 1, 200, 5),
                closed("c", "c", 1, 200, 5));

        assertHeld(plan, loads, idleAt - 9 * SECOND, idleAt, 30, 0, 20, 10);
        assertHeld(plan, loads, idleAt + 100 * MS, backAt, 0, 0, 40, 20);
        assertHeld(plan, loads, backAt + 100 * MS, backAt + 10 * SECOND, 0, 30, 20, 10);
    }

    private static void assertHeld(BudgetPlan plan, List<Load> loads, long from, long to, double... expected) {
        List<LoadResult> before = new Simulation(plan, loads, 1).run(from);
        List<LoadResult> after = new Simulation(plan, loads, 1).run(to);
        for (int i = 0; i < expected.length; i++) {
            double held = (double) (after.get(i).heldNanos() - before.get(i).heldNanos()) / (to - from);
            assertThat(held)
                    .as(after.get(i).name() + " from " + from / MS + " to " + to / MS + " ms")
                    .isCloseTo(expected[i], within(Math.max(0.05, expected[i] * 0.02)));
        }
    }

    private static void assertShares(List<LoadResult> results, long end, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) results.get(i).heldNanos() / end)
                    .as(results.get(i).name())
                    .isCloseTo(expected[i], within(expected[i] * 0.02));
        }
    }

    /** The idle class's share is taken over at once, and its guarantee is back after one transaction of the others. */
    @Test
    void classThatComesBackHasItsGuaranteeWithinATransaction() {
        ClientClass a = ClientClass.defaults("a").withGuaranteed(8);
        ClientClass b = ClientClass.defaults("b").withWeight(100);
        Simulation simulation = new Simulation(
                new BudgetPlan(16, List.of(a, b)),
                List.of(
                        closed("b", "b", 1, 200, 5),
                        new Load.Closed("a", "a", 1, 8, 5 * MS, 0, 100 * MS, 10 * SECOND, HOUR)),
                3);
        List<LoadResult> results = simulation.run(20 * SECOND);

        assertThat((double) results.get(1).heldNanos() / (10 * SECOND)).isCloseTo(8, within(0.6));
        assertThat(results.get(1).waits().quantileNanos(0.99)).isLessThan(5 * MS);
    }

    @Test
    void openLoadAgreesWithErlangC() {
        ErlangC expected = new ErlangC(16, 2_400, 0.005);
        Simulation simulation = new Simulation(
                new BudgetPlan(16, List.of()),
                List.of(new Load.Open("open", "default", 1, 2_400, 5 * MS, 0, HOUR)),
                11);
        WaitHistogram waits = simulation.run(300 * SECOND).get(0).waits();

        assertThat(waits.count()).isCloseTo(720_000, within(10_000L));
        assertThat(waits.meanNanos() / 1e9)
                .isCloseTo(expected.meanWaitSeconds(), within(expected.meanWaitSeconds() * 0.1));
        assertThat(waits.quantileNanos(0.99) / 1e9).isCloseTo(expected.waitSeconds(0.99), within(0.0005));
    }

    @Test
    void recordedLoadKeepsItsTimesAndDeadlines() {
        ClientClass one = ClientClass.defaults("one").withMax(1).withQueueTimeout(Duration.ofMillis(10));
        Simulation simulation = new Simulation(
                new BudgetPlan(4, List.of(one)),
                List.of(new Load.Recorded(
                        "trace",
                        "one",
                        List.of(
                                new Load.Arrival(0, "x", 5 * MS),
                                new Load.Arrival(1 * MS, "x", 50 * MS),
                                new Load.Arrival(2 * MS, "y", 1 * MS)))),
                0);
        LoadResult result = simulation.run(SECOND).get(0);

        assertThat(result.waits().count()).isEqualTo(2);
        assertThat(result.waits().maxNanos()).isEqualTo(4 * MS);
        assertThat(result.refusals()).isEqualTo(Map.of(Refusal.Reason.QUEUE_TIMEOUT, 1L));
        assertThat(result.heldNanos()).isEqualTo(55 * MS);
        assertThat(simulation.byClass().get("one").refused()).isEqualTo(1);
    }

    @Test
    void oneSeedGivesOneResult() {
        assertThat(digest(5)).isEqualTo(digest(5)).isNotEqualTo(digest(6));
    }

    private static List<Long> digest(long seed) {
        LoadResult r = new Simulation(new BudgetPlan(2, List.of()), List.of(closed("x", "default", 3, 4, 1)), seed)
                .run(SECOND)
                .get(0);
        return List.of(r.waits().count(), r.waits().maxNanos(), r.heldNanos());
    }

    @Test
    void clientsAboveTheirLimitStayOut() {
        ClientClass few = ClientClass.defaults("few").withMaxClients(3);
        LoadResult r = new Simulation(new BudgetPlan(9, List.of(few)), List.of(closed("x", "few", 1, 5, 1)), 0)
                .run(SECOND)
                .get(0);
        assertThat(r.refusals()).isEqualTo(Map.of(Refusal.Reason.TOO_MANY_CLIENTS, 2L));
    }

    @Test
    void loadOfAClassThatThePlanHasNot() {
        assertThatThrownBy(() -> new Simulation(new BudgetPlan(1, List.of()), List.of(closed("x", "nope", 1, 1, 1)), 0))
                .hasMessage("load: class 'nope' is not in the plan");
    }

    @Test
    void histogramIsExactToASixtyFourth() {
        for (long value : new long[] {0, 1, 63, 64, 127, 128, 1_000, 123_456_789, Long.MAX_VALUE / 2}) {
            WaitHistogram h = new WaitHistogram();
            h.add(value);
            h.add(Long.MAX_VALUE);
            assertThat(h.quantileNanos(0.5)).isBetween(value, value + value / 64);
        }
    }

    @Test
    void plotIsOneWellFormedDocumentWithACurveForEachLoad() throws Exception {
        Simulation simulation =
                new Simulation(new BudgetPlan(2, List.of()), List.of(closed("a<b & c", "default", 3, 4, 1)), 0);
        String svg = WaitPlot.svg(simulation.run(SECOND));

        org.w3c.dom.Document document = javax.xml.parsers.DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream(svg.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(1);
        assertThat(document.getDocumentElement().getTextContent()).contains("a<b & c: ");
        String points = document.getElementsByTagName("polyline")
                .item(0)
                .getAttributes()
                .getNamedItem("points")
                .getNodeValue();
        assertThat(points.trim())
                .as("all waits are within 100 s: the curve ends at the top")
                .endsWith("620.0,20.0");
    }
}
