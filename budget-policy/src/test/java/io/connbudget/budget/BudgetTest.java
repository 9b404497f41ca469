package io.connbudget.budget;

import static io.connbudget.budget.TestClients.MS;
import static io.connbudget.budget.TestClients.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BudgetTest {
    private static final ClientClass WEB = ClientClass.defaults("web");
    private static final ClientClass BATCH = ClientClass.defaults("batch");

    @Nested
    class NamedRaces {
        private final ClientClass web = WEB.withQueueTimeout(Duration.ofMillis(100));
        private final TestClients t = new TestClients(1, web);
        private final Permit holder = t.holders(web, "h", 1, 0).get(0);

        @Test
        void deadlineBeatsGrantEvenIfExpireIsLate() {
            t.waiter(web, "h", "late", 0);
            Permit intime = t.waiter(web, "h", "in time", 1 * MS);

            t.budget.release(holder, 100 * MS);

            assertThat(t.events).containsExactly("-late QUEUE_TIMEOUT", "+in time");
            assertThat(intime.grantedAtNanos()).isEqualTo(100 * MS);
        }

        @Test
        void grantBeatsADeadlineThatIsOneNanosecondAway() {
            t.waiter(web, "h", "w", 0);

            t.budget.release(holder, 100 * MS - 1);
            t.budget.expire(100 * MS);

            assertThat(t.events).containsExactly("+w");
        }

        @Test
        void grantBeatsCancel() {
            Permit w = t.waiter(web, "h", "w", 0);
            t.budget.release(holder, 1);

            assertThat(t.budget.cancel(w, 2)).isFalse();
            assertThat(w.isGranted()).isTrue();
            t.budget.release(w, 3);
            assertThat(t.budget.inUse()).isZero();
        }

        @Test
        void cancelBeatsALaterGrant() {
            Permit w = t.waiter(web, "h", "w", 0);

            assertThat(t.budget.cancel(w, 1)).isTrue();
            t.budget.release(holder, 2);

            assertThat(t.events).isEmpty();
            assertThat(t.budget.inUse()).isZero();
        }

        @Test
        void secondReleaseDoesNothingEvenWhenThePermitWaitsAgain() {
            Permit w = t.waiter(web, "h", "w", 0);
            t.budget.release(holder, 1);
            t.budget.request(holder, 1);

            t.budget.release(holder, 2);

            assertThat(holder.isWaiting()).isTrue();
            assertThat(w.isGranted()).isTrue();
            assertThat(t.budget.inUse()).isEqualTo(1);
        }

        @Test
        void whoWaitsBeatsWhoAsksAgainRightAfterItsRelease() {
            t.waiter(web, "h", "w", 0);

            t.budget.release(holder, 1);

            assertThat(t.budget.request(holder, 1)).isEqualTo(Decision.QUEUED);
            assertThat(t.events).containsExactly("+w");
        }

        @Test
        void whoWaitsBeatsARequestFromInsideTheListener() {
            TestClients two = new TestClients(2, web);
            List<Permit> held = two.holders(web, "h", 2, 0);
            two.waiter(web, "h", "first", 0);
            two.waiter(web, "h", "second", 0);
            Permit cutter = two.client(web, "h", "cutter");
            List<Decision> answers = new ArrayList<>();
            two.then = new Budget.Listener() {
                @Override
                public void granted(Permit permit) {
                    if (permit.<String>owner().equals("first")) {
                        two.budget.release(held.get(1), 1);
                        answers.add(two.budget.request(cutter, 1));
                    }
                }

                @Override
                public void refused(Permit permit, Refusal refusal) {}
            };

            two.budget.release(held.get(0), 1);

            assertThat(answers).containsExactly(Decision.QUEUED);
            assertThat(two.events).containsExactly("+first", "+second");
        }

        @Test
        void closeOfAHolderKeepsItCountedUntilItsRelease() {
            t.waiter(web, "h", "w", 0);

            holder.close();
            assertThat(t.budget.inUse()).isEqualTo(1);
            assertThat(t.budget.clients()).isEqualTo(1);
            assertThat(t.events).isEmpty();

            t.budget.release(holder, 1);
            assertThat(t.events).containsExactly("+w");
            assertThatThrownBy(() -> t.budget.request(holder, 2)).isInstanceOf(IllegalStateException.class);
        }

        @Test
        void closeOfAWaiterTakesItOutOfTheQueue() {
            Permit w = t.waiter(web, "h", "w", 0);

            w.close();
            w.close();
            t.budget.release(holder, 1);

            assertThat(t.events).isEmpty();
            assertThat(t.budget.clients()).isEqualTo(1);
        }

        @Test
        void shrinkRevokesNothingAndIsPaidBackByReleases() {
            TestClients three = new TestClients(3, web);
            List<Permit> held = three.holders(web, "h", 3, 0);
            three.waiter(web, "h", "w", 0);

            three.budget.resize(1, 1);
            assertThat(three.budget.inUse()).isEqualTo(3);
            three.budget.release(held.get(0), 2);
            three.budget.release(held.get(1), 2);
            assertThat(three.events).isEmpty();
            three.budget.release(held.get(2), 2);
            assertThat(three.events).containsExactly("+w");
        }
    }

    @Nested
    class Fairness {
        @Test
        void guaranteeIsLentWhileIdleAndBackWithinOneRelease() {
            ClientClass web = WEB.withGuaranteed(2);
            ClientClass vip = BATCH.withPriority(5).withWeight(100);
            TestClients t = new TestClients(4, web, vip);
            List<Permit> lent = t.holders(vip, "b", 4, 0);
            t.waiter(vip, "b", "vip", 0);
            t.waiter(web, "w", "web1", 1);
            t.waiter(web, "w", "web2", 1);
            t.waiter(web, "w", "web3", 1);

            lent.forEach(p -> t.budget.release(p, 2));

            assertThat(t.events).containsExactly("+web1", "+web2", "+vip", "+web3");
        }

        @Test
        void saturatedClassesHoldPermitsByWeight() {
            ClientClass a = ClientClass.defaults("a").withWeight(3).withGuaranteed(6);
            ClientClass b = ClientClass.defaults("b").withWeight(2).withGuaranteed(6);
            ClientClass c = ClientClass.defaults("c").withWeight(1).withGuaranteed(6);
            TestClients t = new TestClients(60, a, b, c);
            // All is lent to c first; a and b come back and take their shares by c's releases.
            List<Permit> held = new ArrayList<>(t.holders(c, "c", 60, 0));
            List<Permit> waiting = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                waiting.add(t.waiter(a, "a", "a" + i, 0));
                waiting.add(t.waiter(b, "b", "b" + i, 0));
                waiting.add(t.waiter(c, "c", "c" + i, 0));
            }

            held.forEach(p -> t.budget.release(p, 1));

            assertThat(inUse(t)).containsExactly(30, 20, 10, 0);
        }

        @Test
        void oneBackendGoesRoundByWeight() {
            ClientClass a = ClientClass.defaults("a").withWeight(3);
            ClientClass b = ClientClass.defaults("b").withWeight(1);
            TestClients t = new TestClients(1, a, b);
            Permit turn = t.holders(b, "b", 1, 0).get(0);
            List<Permit> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                all.add(t.waiter(a, "a", "a", 0));
                all.add(t.waiter(b, "b", "b", 0));
            }
            for (int i = 0; i < 40; i++) {
                t.budget.release(turn, 1);
                turn = all.stream().filter(Permit::isGranted).findFirst().orElseThrow();
            }

            assertThat(t.events.stream().filter("+a"::equals).count()).isBetween(29L, 31L);
        }

        @Test
        void sourcesTakeTurnsAndASourceIsFirstComeFirstServed() {
            TestClients t = new TestClients(1, WEB);
            List<Permit> all = new ArrayList<>(t.holders(WEB, "x", 1, 0));
            for (String name : List.of("greedy1", "greedy2", "greedy3", "small1", "other1", "greedy4")) {
                all.add(t.waiter(WEB, name.substring(0, name.length() - 1), name, 0));
            }

            all.stream().toList().forEach(p -> t.budget.release(p, 1));
            all.forEach(p -> t.budget.release(p, 1));
            all.forEach(p -> t.budget.release(p, 1));
            all.forEach(p -> t.budget.release(p, 1));

            assertThat(t.events).containsExactly("+greedy1", "+small1", "+other1", "+greedy2", "+greedy3", "+greedy4");
        }

        @Test
        void higherPriorityGoesFirstOnceGuaranteesAreMet() {
            ClientClass vip = WEB.withPriority(1);
            TestClients t = new TestClients(2, vip, BATCH);
            List<Permit> held = t.holders(vip, "v", 2, 0);
            t.waiter(BATCH, "b", "batch", 0);
            t.waiter(vip, "v", "vip", 0);

            t.budget.release(held.get(0), 1);

            assertThat(t.events).containsExactly("+vip");
        }

        @Test
        void classAtItsMaxLeavesTheRestToOthers() {
            ClientClass small = WEB.withMax(1);
            TestClients t = new TestClients(3, small, BATCH);
            t.holders(small, "s", 1, 0);
            t.waiter(small, "s", "small", 0);

            assertThat(t.holders(BATCH, "b", 2, 0)).hasSize(2);
            assertThat(t.budget.inUse()).isEqualTo(3);
        }

        private List<Integer> inUse(TestClients t) {
            return t.budget.snapshot(1).classes().stream()
                    .map(Snapshot.ClassSnapshot::inUse)
                    .toList();
        }
    }

    @Nested
    class Overload {
        private final ClientClass web = WEB.withQueueTimeout(Duration.ofMillis(100));

        @Test
        void deadlineIsAQuarterWhileWaitersTimeOutForAWholeQueueTimeout() {
            TestClients t = new TestClients(1, web);
            t.holders(web, "h", 1, 0);
            t.waiter(web, "h", "a", 0);
            t.waiter(web, "h", "b", 60 * MS);
            assertThat(t.budget.nextDeadlineNanos()).isEqualTo(100 * MS);
            t.budget.expire(100 * MS);
            assertThat(t.budget.nextDeadlineNanos()).isEqualTo(160 * MS);
            t.waiter(web, "h", "c", 150 * MS);
            t.budget.expire(160 * MS);
            t.waiter(web, "h", "d", 190 * MS);
            assertThat(t.budget.nextDeadlineNanos()).isEqualTo(200 * MS);
            t.budget.expire(200 * MS);
            assertThat(t.budget.nextDeadlineNanos()).isEqualTo(215 * MS);
            t.budget.expire(215 * MS);

            assertThat(t.events)
                    .containsExactly("-a QUEUE_TIMEOUT", "-b QUEUE_TIMEOUT", "-c QUEUE_TIMEOUT", "-d QUEUE_TIMEOUT");
            t.waiter(web, "h", "e", 220 * MS);
            assertThat(t.budget.nextDeadlineNanos()).as("the queue was empty").isEqualTo(320 * MS);
        }

        @Test
        void fullQueueRefusesAtOnceButNotForWaitersWhoseTimeIsOver() {
            ClientClass one = web.withQueueLength(1);
            TestClients t = new TestClients(1, one);
            t.holders(one, "h", 1, 0);
            t.waiter(one, "h", "a", 0);
            Permit b = t.client(one, "h", "b");

            assertThat(t.budget.request(b, 1)).isEqualTo(Decision.REJECTED);
            assertThat(t.budget.lastRefusal().reason()).isEqualTo(Refusal.Reason.QUEUE_FULL);
            assertThat(t.budget.request(b, 100 * MS)).isEqualTo(Decision.QUEUED);
            assertThat(t.events).containsExactly("-a QUEUE_TIMEOUT");
        }

        @Test
        void pausedBudgetKeepsWaitersUntilItGrowsAgain() {
            TestClients t = new TestClients(2, web);
            t.budget.resize(0, 0);
            t.waiter(web, "h", "a", 0);
            t.waiter(web, "h", "b", 0);
            t.waiter(web, "h", "c", 0);

            t.budget.resize(2, 1);

            assertThat(t.events).containsExactly("+a", "+b");
        }

        @Test
        void longChainOfGrantsThatGiveBackAtOnceNeedsNoStack() {
            TestClients t = new TestClients(1, web);
            Permit holder = t.holders(web, "h", 1, 0).get(0);
            for (int i = 0; i < 100_000; i++) {
                t.waiter(web, "h", "w", 0);
            }
            t.then = new Budget.Listener() {
                @Override
                public void granted(Permit permit) {
                    t.budget.release(permit, 1);
                }

                @Override
                public void refused(Permit permit, Refusal refusal) {}
            };

            t.budget.release(holder, 1);

            assertThat(t.events).hasSize(100_000);
            assertThat(t.budget.inUse()).isZero();
        }

        @Test
        void drainRefusesWaitersAndRequestsAndConnects() {
            TestClients t = new TestClients(1, web);
            Permit holder = t.holders(web, "h", 1, 0).get(0);
            Permit w = t.waiter(web, "h", "w", 0);

            t.budget.drain(1);

            assertThat(t.events).containsExactly("-w DRAINING");
            assertThat(holder.isGranted()).isTrue();
            assertThat(t.budget.request(w, 2)).isEqualTo(Decision.REJECTED);
            assertThat(t.budget.lastRefusal().code()).isEqualTo(1053);
            assertThat(t.budget.admit(web).isAdmitted()).isFalse();
        }
    }

    @Nested
    class Clients {
        @Test
        void clientsAreLimitedByClassAndInAll() {
            ClientClass web = WEB.withMaxClients(1);
            Budget budget = new Budget(new BudgetPlan(1, 2, List.of(web)), new TestClients(1));
            Permit first = budget.newPermit(web, "h", "a");
            assertThat(budget.admit(web).isAdmitted()).isFalse();
            assertThat(budget.admit(identity("x", "10.0.0.1")).isAdmitted()).isTrue();
            Permit second = budget.newPermit(identity("x", "10.0.0.1"), "h", "b");
            assertThat(budget.admit(second.clientClass()).isAdmitted()).isFalse();
            assertThatThrownBy(() -> budget.newPermit(web, "h", "c")).isInstanceOf(IllegalStateException.class);

            first.close();
            assertThat(budget.admit(web).isAdmitted()).isTrue();
        }

        @Test
        void changeUserMovesAFreePermitToTheClassOfTheUser() {
            ClientClass web = WEB.withRules(Rule.user("web*")).withMaxClients(1);
            ClientClass batch = BATCH.withRules(Rule.user("batch"));
            TestClients t = new TestClients(2, web, batch);
            Permit p = t.budget.newPermit(identity("batch", "10.0.0.1"), "h", "p");
            assertThat(p.clientClass()).isEqualTo(batch);
            assertThat(t.budget.reclassify(p, identity("web1", "10.0.0.1")).isAdmitted())
                    .isTrue();
            assertThat(p.clientClass()).isEqualTo(web);

            Permit q = t.budget.newPermit(identity("batch", "10.0.0.1"), "h", "q");
            assertThat(t.budget.reclassify(q, identity("web2", "10.0.0.1")).isAdmitted())
                    .isFalse();
            assertThat(q.clientClass()).isEqualTo(batch);

            t.budget.request(p, 0);
            assertThatThrownBy(() -> t.budget.reclassify(p, identity("batch", "10.0.0.1")))
                    .isInstanceOf(IllegalStateException.class);
        }

        @Test
        void reloadClassifiesAgainWithPermitsPinsAndPlacesInTheQueue() {
            TestClients t = new TestClients(2, WEB);
            Permit held = t.budget.newPermit(identity("batch", "10.0.0.1"), "h", "held");
            t.budget.request(held, 0);
            held.pinned(true);
            held.idleInTransactionSince(3);
            Permit closed = t.budget.newPermit(identity("batch", "10.0.0.1"), "h", "closed");
            t.budget.request(closed, 0);
            closed.close();
            Permit waits = t.budget.newPermit(identity("batch", "10.0.0.1"), "h", "waits");
            t.budget.request(waits, 1);
            ClientClass batch = BATCH.withRules(Rule.user("batch"));

            t.budget.reload(new BudgetPlan(2, List.of(batch)), 2, 5);

            Snapshot.ClassSnapshot s = t.budget.snapshot(6).classes().get(0);
            assertThat(s).isEqualTo(new Snapshot.ClassSnapshot(batch, 2, 1, 1, 1, 2, 5));
            t.budget.release(closed, 7);
            assertThat(t.events).containsExactly("+waits");
            t.budget.release(held, 8);
            t.budget.release(waits, 8);
            assertThat(t.budget.snapshot(9).classes().get(0))
                    .isEqualTo(new Snapshot.ClassSnapshot(batch, 0, 0, 0, 0, 2, 0));
        }

        @Test
        void reloadGrantsNoMoreThanTheWorkingTotalWhateverThePlanSays() {
            TestClients t = new TestClients(8, WEB);
            t.budget.resize(1, 0);
            t.holders(WEB, "h", 1, 0);
            t.waiter(WEB, "h", "waits", 1);

            t.budget.reload(new BudgetPlan(8, List.of(WEB)), 1, 2);
            assertThat(t.budget.inUse()).isEqualTo(1);
            assertThat(t.budget.total()).isEqualTo(1);

            t.budget.reload(new BudgetPlan(8, List.of(WEB)), 2, 3);
            assertThat(t.events).containsExactly("+waits");
        }
    }
}
