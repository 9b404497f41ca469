package io.connbudget.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;

/** The budget against {@link ReferenceBudget}, step by step, with the promises of {@link Budget} checked after each step. */
class BudgetModelTest {
    private static final int STEPS = 1_000;
    private static final int CLIENTS = 24;

    @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.BOUNDED)
    void agreesWithTheReferenceOnAMillionSteps(@ForAll("plans") List<BudgetPlan> plans, @ForAll("steps") int[] steps) {
        Run run = new Run(plans);
        for (int step : steps) {
            run.step(step);
        }
        run.releaseAllAndCheckEmpty();
    }

    @Provide
    Arbitrary<int[]> steps() {
        return Arbitraries.integers()
                .withDistribution(RandomDistribution.uniform())
                .array(int[].class)
                .ofSize(STEPS);
    }

    /** Two plans: the one at the start, and the one that reloads switch to and from. */
    @Provide
    Arbitrary<List<BudgetPlan>> plans() {
        return plan("a", "b", "c")
                .list()
                .ofSize(1)
                .flatMap(first -> plan("b", "a", "d").map(second -> List.of(first.get(0), second)));
    }

    private static Arbitrary<BudgetPlan> plan(String... names) {
        List<Arbitrary<ClientClass>> classes = new ArrayList<>();
        for (String name : names) {
            classes.add(clientClass(name));
        }
        classes.add(clientClass(ClientClass.DEFAULT_NAME));
        return Combinators.combine(
                        Arbitraries.integers().between(8, 12),
                        Combinators.combine(classes).as(x -> x))
                .as(BudgetPlan::new);
    }

    private static Arbitrary<ClientClass> clientClass(String name) {
        Arbitrary<Integer> guaranteed = Arbitraries.integers().between(0, 2);
        Arbitrary<Integer> max = Arbitraries.of(2, 3, 5, ClientClass.UNLIMITED, ClientClass.UNLIMITED);
        Arbitrary<Integer> weight = Arbitraries.of(1, 1, 2, 3);
        Arbitrary<Integer> priority = Arbitraries.of(0, 0, 0, 1);
        Arbitrary<Integer> queue = Arbitraries.of(0, 3, ClientClass.UNLIMITED, ClientClass.UNLIMITED);
        Arbitrary<Integer> timeout = Arbitraries.of(1, 5, 50, 5_000);
        Arbitrary<Integer> maxPinned = Arbitraries.of(0, 1, ClientClass.UNLIMITED);
        Arbitrary<Integer> limitMillis = Arbitraries.of(0, 0, 1, 10);
        return Combinators.combine(guaranteed, max, weight, priority, queue, timeout, maxPinned, limitMillis)
                .as((g, m, w, p, q, t, pins, l) -> ClientClass.defaults(name)
                        .withMaxPinned(pins)
                        .withIdleInTransactionTimeout(Duration.ofMillis(l))
                        .withMaxTransactionTime(Duration.ofMillis(3 * l))
                        .withMax(m)
                        .withGuaranteed(g)
                        .withWeight(w)
                        .withPriority(p)
                        .withQueueLength(q)
                        .withQueueTimeout(Duration.ofMillis(t)));
    }

    /** One run of both, with the same commands. */
    private static final class Run implements Budget.Listener {
        private final List<BudgetPlan> plans;
        private final Budget budget;
        private final ReferenceBudget reference;
        private final List<ReferenceBudget.Client> clients = new ArrayList<>();
        private final List<Permit> permits = new ArrayList<>();
        private final List<String> events = new ArrayList<>();
        private final Map<String, Integer> heldBefore = new HashMap<>();
        private int inUseBefore;
        private int plan;
        // An origin just below the overflow of the clock: differences count, not values.
        private long now = Long.MAX_VALUE - 30_000_000L;
        private long modelNow;

        Run(List<BudgetPlan> plans) {
            this.plans = plans;
            this.budget = new Budget(plans.get(0), this);
            this.reference = new ReferenceBudget(plans.get(0));
            for (int i = 0; i < CLIENTS; i++) {
                ClientClass c = plans.get(0).classes().get(i % 4);
                String source = "host" + i / 4 % 3;
                clients.add(new ReferenceBudget.Client(i, c.name(), source));
                permits.add(budget.newPermit(c, source, i));
            }
        }

        @Override
        public void granted(Permit permit) {
            assertThat(permit.isGranted()).isTrue();
            events.add("granted " + permit.<Integer>owner());
        }

        @Override
        public void refused(Permit permit, Refusal refusal) {
            assertThat(permit.state()).isEqualTo(Permit.State.FREE);
            assertThat(refusal.reason()).isEqualTo(Refusal.Reason.QUEUE_TIMEOUT);
            events.add("refused " + permit.<Integer>owner());
        }

        void step(int random) {
            int op = (random & 0xff) % 100;
            int which = (random >>> 8) % CLIENTS;
            ReferenceBudget.Client client = clients.get(which);
            Permit permit = permits.get(which);
            remember();
            boolean mayGrow = true;
            if (op < 42) {
                if (client.state == ReferenceBudget.State.FREE) {
                    assertThat(budget.request(permit, now)).isEqualTo(reference.request(client, modelNow));
                } else {
                    assertThat(budget.request(permit, now))
                            .isEqualTo(permit.isGranted() ? Decision.GRANTED : Decision.QUEUED);
                }
            } else if (op < 74) {
                budget.release(permit, now);
                reference.release(client, modelNow);
                if ((random & 0x40000000) != 0) {
                    budget.release(permit, now);
                    mayGrow = !permit.isGranted();
                }
            } else if (op < 78) {
                assertThat(budget.cancel(permit, now)).isEqualTo(reference.cancel(client));
            } else if (op < 82) {
                replace(which);
            } else if (op < 86) {
                mark(permit, random >>> 16);
            } else if (op < 88) {
                checkReclaim();
            } else if (op < 94) {
                long step = 1 + (random >>> 9) % 4_000_000;
                now += step;
                modelNow += step;
            } else if (op < 97) {
                budget.expire(now);
                reference.expire(modelNow);
            } else if (op < 99) {
                int total = (random >>> 9) % 16;
                budget.resize(total, now);
                reference.resize(total, modelNow);
                assertThat(budget.inUse()).isGreaterThanOrEqualTo(Math.min(inUseBefore, budget.total()));
                assertThat(budget.inUse()).as("a shrink revokes nothing").isGreaterThanOrEqualTo(inUseBefore);
            } else {
                plan = 1 - plan;
                budget.reload(plans.get(plan), now);
                reference.reload(plans.get(plan), clients, modelNow);
                assertThat(budget.inUse()).as("a reload revokes nothing").isGreaterThanOrEqualTo(inUseBefore);
                heldBefore.clear();
            }
            assertThat(mayGrow).isTrue();
            check();
        }

        /** Pins and silences change who may be reclaimed, never who is granted. */
        private void mark(Permit permit, int random) {
            switch (random & 3) {
                case 0 -> permit.pinned(true);
                case 1 -> permit.pinned(false);
                case 2 -> permit.idleInTransactionSince(now);
                default -> permit.active();
            }
        }

        private void checkReclaim() {
            Permit p = budget.reclaimCandidate(now);
            if (p != null) {
                ClientClass c = p.clientClass();
                Refusal.Reason reason = budget.reclaimRefusal(p, now).reason();
                require(p.isGranted() && budget.waiting() > 0, "only a held permit, and only while others wait");
                require(
                        switch (reason) {
                            case PIN_QUOTA -> p.isPinned() && c.maxPinned() != ClientClass.UNLIMITED;
                            case IDLE_IN_TRANSACTION ->
                                !c.idleInTransactionTimeout().isZero();
                            case TRANSACTION_TIME ->
                                !c.maxTransactionTime().isZero()
                                        && now - p.grantedAtNanos()
                                                >= c.maxTransactionTime().toNanos();
                            default -> false;
                        },
                        "only where the class has set that limit: " + reason);
                require(budget.reclaimCandidate(now) != p, "named once");
            }
        }

        /** The client leaves, and another one comes in its place. */
        private void replace(int which) {
            ReferenceBudget.Client client = clients.get(which);
            Permit permit = permits.get(which);
            permit.close();
            reference.cancel(client);
            budget.release(permit, now);
            reference.release(client, modelNow);
            permit.close();
            ReferenceBudget.Client next = new ReferenceBudget.Client(which, client.className, client.source);
            clients.set(which, next);
            permits.set(which, budget.newPermit(permit.clientClass(), client.source, which));
        }

        private void remember() {
            inUseBefore = budget.inUse();
            heldBefore.clear();
            for (Snapshot.ClassSnapshot c : budget.snapshot(now).classes()) {
                heldBefore.put(c.limits().name(), c.inUse());
            }
        }

        private void check() {
            if (!events.equals(reference.events)) {
                assertThat(events).isEqualTo(reference.events);
            }
            events.clear();
            reference.events.clear();
            int granted = 0;
            int waiting = 0;
            int pinned = 0;
            for (int i = 0; i < CLIENTS; i++) {
                Permit p = permits.get(i);
                require(p.state().name().equals(clients.get(i).state.name()), "states of client " + i);
                require(p.clientClass().name().equals(clients.get(i).className), "class of client " + i);
                granted += p.isGranted() ? 1 : 0;
                pinned += p.isPinned() ? 1 : 0;
                require(!p.isPinned() || p.isGranted(), "only a held permit is pinned");
                require(!p.isReclaimed() || p.isGranted(), "only a held permit is named");
                waiting += p.isWaiting() ? 1 : 0;
            }
            Snapshot s = budget.snapshot(now);
            require(s.inUse() == granted && s.waiting() == waiting && s.clients() == CLIENTS, "counts against permits");
            require(s.inUse() <= Math.max(s.total(), inUseBefore), "never above the total, but for a shrink");
            boolean someCouldTake = false;
            int inUse = 0;
            int queued = 0;
            int pins = 0;
            for (Snapshot.ClassSnapshot c : s.classes()) {
                inUse += c.inUse();
                queued += c.waiting();
                pins += c.pinned();
                require(c.idle() <= c.inUse() && c.pinned() <= c.inUse(), "marks of held permits only");
                int before = heldBefore.getOrDefault(c.limits().name(), Integer.MAX_VALUE);
                require(
                        c.inUse() <= Math.max(c.limits().max(), before),
                        "never above the class's max, but for a reload");
                require(c.inUse() == reference.held(c.limits().name()), "in use of a class");
                require(c.waiting() == reference.waiting(c.limits().name()), "waiting of a class");
                someCouldTake |= c.waiting() > 0 && c.inUse() < c.limits().max();
            }
            require(inUse == s.inUse() && queued == s.waiting() && pins == pinned, "sum of the parts");
            require(!someCouldTake || s.inUse() >= s.total(), "work-conserving");
            long next = budget.nextDeadlineNanos();
            long modelNext = reference.nextDeadline();
            require(
                    modelNext == Budget.NO_DEADLINE ? next == Budget.NO_DEADLINE : next - now == modelNext - modelNow,
                    "next deadline");
        }

        void releaseAllAndCheckEmpty() {
            for (Permit p : permits) {
                p.close();
                budget.release(p, now);
            }
            for (Permit p : permits) {
                budget.release(p, now);
            }
            assertThat(budget.snapshot(now).inUse()).isZero();
            assertThat(budget.snapshot(now).waiting()).isZero();
            assertThat(budget.snapshot(now).clients()).isZero();
        }

        /** AssertJ only on failure: it would be most of a million steps' time. */
        private void require(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError(what + ": " + budget.snapshot(now) + " " + permits);
            }
        }
    }
}
