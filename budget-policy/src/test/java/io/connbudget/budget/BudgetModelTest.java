package io.connbudget.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
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
    private static final List<String> USERS = List.of("u", "v", "w", "x", "*");
    private static final Map<String, ClientIdentity> IDENTITIES =
            USERS.stream().collect(Collectors.toMap(user -> user, user -> TestClients.identity(user, "10.0.0.1")));

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
        return plan("a", "b", "c").flatMap(first -> plan("b", "a", "d").map(second -> List.of(first, second)));
    }

    private static Arbitrary<BudgetPlan> plan(String... names) {
        List<Arbitrary<ClientClass>> classes = new ArrayList<>();
        for (String name : names) {
            classes.add(clientClass(name));
        }
        classes.add(clientClass(ClientClass.DEFAULT_NAME));
        Arbitrary<Assignment> assignment = Combinators.combine(
                        Arbitraries.of(USERS), Arbitraries.of(names[0], names[1], names[2], ClientClass.DEFAULT_NAME))
                .as((user, name) -> new Assignment(Rule.user(user), name));
        return Combinators.combine(
                        Arbitraries.integers().between(8, 12),
                        Arbitraries.of(CLIENTS - 3, ClientClass.UNLIMITED),
                        Combinators.combine(classes).as(x -> x),
                        assignment.list().ofMaxSize(3))
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
        Arbitrary<ClientClass> base = Combinators.combine(guaranteed, max, weight, priority, queue, timeout, maxPinned)
                .as((g, m, w, p, q, t, pins) -> ClientClass.defaults(name)
                        .withMaxPinned(pins)
                        .withMax(m)
                        .withGuaranteed(g)
                        .withWeight(w)
                        .withPriority(p)
                        .withQueueLength(q)
                        .withQueueTimeout(Duration.ofMillis(t)));
        Arbitrary<Integer> idleMillis = Arbitraries.of(0, 0, 1, 10);
        Arbitrary<Integer> heldMillis = Arbitraries.of(0, 0, 3, 30);
        Arbitrary<Integer> maxClients = Arbitraries.of(4, 8, ClientClass.UNLIMITED, ClientClass.UNLIMITED);
        Arbitrary<List<Rule>> rules =
                Arbitraries.of(USERS).map(Rule::user).list().ofMaxSize(1);
        return Combinators.combine(base, idleMillis, heldMillis, maxClients, rules)
                .as((c, idle, held, clients, r) -> c.withIdleInTransactionTimeout(Duration.ofMillis(idle))
                        .withMaxTransactionTime(Duration.ofMillis(held))
                        .withMaxClients(clients)
                        .withRules(r.toArray(Rule[]::new)));
    }

    /** What a client that has left holds still. */
    private record Ghost(Permit permit, ReferenceBudget.Client client) {}

    /** One run of both, with the same commands. */
    private static final class Run implements Budget.Listener {
        private final List<BudgetPlan> plans;
        private final Budget budget;
        private final ReferenceBudget reference;
        private final List<ReferenceBudget.Client> clients = new ArrayList<>();
        /** By client; null where none is. */
        private final List<Permit> permits = new ArrayList<>();
        /** Held by clients that have left. */
        private final List<Ghost> ghosts = new ArrayList<>();

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
                clients.add(null);
                permits.add(null);
                come(i, i);
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
            if (permit == null) {
                come(which, random >>> 16);
            } else if (op < 40) {
                Decision expected = client.state == ReferenceBudget.State.FREE
                        ? reference.request(client, modelNow)
                        : permit.isGranted() ? Decision.GRANTED : Decision.QUEUED;
                require(budget.request(permit, now) == expected, "decision");
            } else if (op < 68) {
                budget.release(permit, now);
                reference.release(client, modelNow);
                if ((random & 0x40000000) != 0) {
                    budget.release(permit, now);
                    mayGrow = !permit.isGranted();
                }
            } else if (op < 71) {
                require(budget.cancel(permit, now) == reference.cancel(client), "whether it waited");
            } else if (op < 74) {
                leave(which, random < 0);
            } else if (op < 76) {
                releaseGhost();
            } else if (op < 78) {
                changeUser(client, permit, USERS.get((random >>> 16) % USERS.size()));
            } else if (op < 84) {
                mark(client, permit, random >>> 16);
            } else if (op < 88) {
                reclaim();
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
                assertThat(budget.inUse()).as("a shrink revokes nothing").isGreaterThanOrEqualTo(inUseBefore);
            } else {
                plan = 1 - plan;
                BudgetPlan next = plans.get(plan);
                int total = random < 0 ? next.total() : (random >>> 9) % 16;
                budget.reload(next, total, now);
                reference.reload(next, total, everyone(), modelNow);
                assertThat(budget.inUse()).as("a reload revokes nothing").isGreaterThanOrEqualTo(inUseBefore);
                heldBefore.clear();
            }
            require(mayGrow, "a second release does nothing");
            check();
        }

        private List<ReferenceBudget.Client> everyone() {
            List<ReferenceBudget.Client> all = new ArrayList<>();
            ghosts.forEach(ghost -> all.add(ghost.client()));
            clients.stream().filter(Objects::nonNull).forEach(all::add);
            return all;
        }

        /** A client comes where none is; every third one has no identity but a class. */
        private void come(int which, int random) {
            String user = random % 3 == 0 ? null : USERS.get(random % USERS.size());
            List<ClientClass> classes = budget.plan().classes();
            String className =
                    user == null ? classes.get(random % classes.size()).name() : reference.classify(user);
            Admission admission =
                    user == null ? budget.admit(budget.plan().named(className)) : budget.admit(IDENTITIES.get(user));
            require(admission.clientClass().name().equals(className), "class at connect");
            require(admission.isAdmitted() == reference.admits(className), "admission to " + className);
            if (admission.isAdmitted()) {
                String source = "host" + which / 4 % 3;
                ReferenceBudget.Client client = new ReferenceBudget.Client(which, user, className, source);
                reference.come(client);
                clients.set(which, client);
                permits.set(
                        which,
                        user == null
                                ? budget.newPermit(admission.clientClass(), source, which)
                                : budget.newPermit(IDENTITIES.get(user), source, which));
            }
        }

        /** The client leaves; what it holds is given back at once or later. */
        private void leave(int which, boolean atOnce) {
            ReferenceBudget.Client client = clients.set(which, null);
            Permit permit = permits.set(which, null);
            permit.close();
            reference.leave(client);
            permit.close();
            require(!permit.isWaiting(), "who has left does not wait");
            if (permit.isGranted()) {
                ghosts.add(new Ghost(permit, client));
            }
            if (atOnce) {
                releaseGhost();
            }
        }

        private void releaseGhost() {
            if (!ghosts.isEmpty()) {
                Ghost first = ghosts.remove(0);
                budget.release(first.permit(), now);
                reference.release(first.client(), modelNow);
            }
        }

        private void changeUser(ReferenceBudget.Client client, Permit permit, String user) {
            if (client.state == ReferenceBudget.State.FREE) {
                boolean taken = budget.reclassify(permit, IDENTITIES.get(user)).isAdmitted();
                require(taken == reference.changeUser(client, user), "COM_CHANGE_USER to " + user);
            }
        }

        /** Pins and silences change who may be reclaimed, never who is granted. */
        private void mark(ReferenceBudget.Client client, Permit permit, int random) {
            switch (random & 7) {
                case 0, 1 -> {
                    permit.pinned(true);
                    reference.pin(client, true);
                }
                case 2 -> {
                    permit.pinned(false);
                    reference.pin(client, false);
                }
                case 3 -> {
                    permit.active();
                    reference.active(client);
                }
                default -> {
                    permit.idleInTransactionSince(now);
                    reference.silent(client, modelNow);
                }
            }
        }

        private void reclaim() {
            Permit p = budget.reclaimCandidate(now);
            ReferenceBudget.Client expected = reference.reclaim(modelNow);
            require((p == null) == (expected == null), "somebody to reclaim from: " + p);
            if (p != null && expected != null) {
                require(p.<Integer>owner() == expected.id, "reclaim from " + expected.id);
                require(budget.reclaimRefusal(p, now).reason() == expected.named, "reason " + expected.named);
                require(p.isGranted() && budget.waiting() > 0, "only a held permit, and only while others wait");
            }
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
            int present = 0;
            for (int i = 0; i < CLIENTS + ghosts.size(); i++) {
                Permit p =
                        i < CLIENTS ? permits.get(i) : ghosts.get(i - CLIENTS).permit();
                if (p == null) {
                    continue;
                }
                ReferenceBudget.Client client =
                        i < CLIENTS ? clients.get(i) : ghosts.get(i - CLIENTS).client();
                present += i < CLIENTS ? 1 : 0;
                require(p.state().ordinal() == client.state.ordinal(), "states of a client");
                require(p.clientClass().name().equals(client.className), "class of a client");
                require(p.isPinned() == client.pinned, "pin of a client");
                require(p.isReclaimed() == (client.named != null), "name of a client");
                granted += p.isGranted() ? 1 : 0;
                pinned += p.isPinned() ? 1 : 0;
                require(!p.isPinned() || p.isGranted(), "only a held permit is pinned");
                require(!p.isReclaimed() || p.isGranted(), "only a held permit is named");
                waiting += p.isWaiting() ? 1 : 0;
            }
            Snapshot s = budget.snapshot(now);
            require(s.inUse() == granted && s.waiting() == waiting && s.clients() == present, "counts against permits");
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
                require(c.clients() == reference.clients(c.limits().name()), "clients of a class");
                require(c.idle() == reference.idle(c.limits().name()), "idle of a class");
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
            List<Permit> all = new ArrayList<>();
            ghosts.forEach(ghost -> all.add(ghost.permit()));
            permits.stream().filter(Objects::nonNull).forEach(all::add);
            for (Permit p : all) {
                p.close();
                budget.release(p, now);
            }
            for (Permit p : all) {
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
