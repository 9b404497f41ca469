package io.connbudget.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A listener that calls back into the budget at random: what the budget promises holds whenever the outermost call is over. */
class ReentrancyTest {
    private static final List<ClientClass> CLASSES = List.of(
            ClientClass.defaults("a").withGuaranteed(1).withMax(2).withQueueTimeout(Duration.ofNanos(5_000_000)),
            ClientClass.defaults("b").withWeight(2).withQueueLength(3),
            ClientClass.defaults("default").withPriority(1).withMax(2).withQueueTimeout(Duration.ofMillis(1)));

    /** The listener closes the very permit that is being asked for, while a full queue is cleared of late waiters. */
    @Example
    void permitClosedWhileItIsAskedForDoesNotWait() {
        promisesHoldWhateverTheListenerDoes(-264809);
    }

    /** The listener gives another permit back, while a full queue is cleared of late waiters. */
    @Example
    void permitThatIsGivenBackWhileOneIsAskedForIsGranted() {
        promisesHoldWhateverTheListenerDoes(19_591_606);
    }

    @Property(tries = 300)
    void promisesHoldWhateverTheListenerDoes(@ForAll long seed) {
        Run run = new Run(seed);
        for (int i = 0; i < 300; i++) {
            run.now += run.random.nextInt(2_000_000);
            run.act();
            run.check();
        }
    }

    private static final class Run implements Budget.Listener {
        private final SplittableRandom random;
        private final Budget budget = new Budget(new BudgetPlan(4, CLASSES), this);
        private final List<Permit> permits = new ArrayList<>();
        private long now;
        private int depth;

        Run(long seed) {
            random = new SplittableRandom(seed);
            for (int i = 0; i < 15; i++) {
                permits.add(budget.newPermit(CLASSES.get(i % 3), "host" + i % 2, i));
            }
        }

        @Override
        public void granted(Permit permit) {
            assertThat(permit.isGranted()).isTrue();
            callBack(permit);
        }

        @Override
        public void refused(Permit permit, Refusal refusal) {
            assertThat(permit.state()).isEqualTo(Permit.State.FREE);
            callBack(permit);
        }

        private void callBack(Permit permit) {
            if (depth < 5 && random.nextBoolean()) {
                depth++;
                if (random.nextBoolean()) {
                    budget.release(permit, now);
                    if (permits.contains(permit)) {
                        budget.request(permit, now);
                    }
                } else {
                    act();
                }
                depth--;
            }
        }

        void act() {
            int which = random.nextInt(permits.size());
            Permit p = permits.get(which);
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> budget.request(p, now);
                case 4, 5, 6 -> budget.release(p, now);
                case 7 -> budget.expire(now);
                case 8 -> {
                    p.close();
                    permits.set(which, budget.newPermit(p.clientClass(), p.sourceKey(), which));
                    budget.release(p, now);
                }
                default -> budget.resize(2 + random.nextInt(4), now);
            }
        }

        void check() {
            Snapshot s = budget.snapshot(now);
            long granted = permits.stream().filter(Permit::isGranted).count();
            long waiting = permits.stream().filter(Permit::isWaiting).count();
            assertThat(s.inUse()).isEqualTo((int) granted);
            assertThat(s.waiting()).isEqualTo((int) waiting);
            for (Snapshot.ClassSnapshot c : s.classes()) {
                assertThat(c.inUse()).isLessThanOrEqualTo(c.limits().max());
                if (s.inUse() < s.total() && c.inUse() < c.limits().max()) {
                    assertThat(c.waiting()).as("work-conserving").isZero();
                }
            }
        }
    }
}
