package io.connbudget.budget;

import static io.connbudget.budget.TestClients.MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReclaimTest {
    private static final ClientClass PLAIN = ClientClass.defaults("plain");
    private static final ClientClass IDLE =
            ClientClass.defaults("idle").withIdleInTransactionTimeout(Duration.ofMillis(10));
    private static final ClientClass PINS = ClientClass.defaults("pins").withMaxPinned(1);
    private static final ClientClass LONG = ClientClass.defaults("long").withMaxTransactionTime(Duration.ofMillis(50));

    @Test
    void nothingIsTakenWhileNobodyWaits() {
        TestClients t = new TestClients(2, IDLE);
        t.holders(IDLE, "h", 2, 0).forEach(p -> p.idleInTransactionSince(0));

        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNull();
    }

    @Test
    void nothingIsTakenFromAClassThatSetsNoLimit() {
        TestClients t = new TestClients(2, PLAIN);
        t.holders(PLAIN, "h", 2, 0).forEach(p -> {
            p.pinned(true);
            p.idleInTransactionSince(0);
        });
        t.waiter(PLAIN, "h", "w", 0);

        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNull();
    }

    @Test
    void oldestIdleHolderIsTakenAtItsTimeoutAndOnlyOncePerWaiter() {
        TestClients t = new TestClients(3, IDLE);
        List<Permit> held = t.holders(IDLE, "h", 3, 0);
        held.get(1).idleInTransactionSince(1 * MS);
        held.get(0).idleInTransactionSince(2 * MS);
        t.waiter(IDLE, "h", "w", 0);

        assertThat(t.budget.reclaimCandidate(11 * MS - 1)).isNull();
        assertThat(t.budget.reclaimCandidate(12 * MS)).isSameAs(held.get(1));
        assertThat(t.budget.reclaimRefusal(held.get(1), 12 * MS).reason())
                .isEqualTo(Refusal.Reason.IDLE_IN_TRANSACTION);
        assertThat(t.budget.reclaimCandidate(12 * MS))
                .as("one waiter, one permit")
                .isNull();
        t.waiter(IDLE, "h", "w2", 12 * MS);
        assertThat(t.budget.reclaimCandidate(12 * MS)).isSameAs(held.get(0));

        t.budget.release(held.get(1), 13 * MS);
        assertThat(t.events).containsExactly("+w");
        assertThat(held.get(1).isReclaimed()).isFalse();
    }

    @Test
    void statementThatArrivesFirstBeatsTheReclaim() {
        TestClients t = new TestClients(1, IDLE);
        Permit p = t.holders(IDLE, "h", 1, 0).get(0);
        p.idleInTransactionSince(0);
        t.waiter(IDLE, "h", "w", 0);
        assertThat(t.budget.reclaimCandidate(10 * MS)).isSameAs(p);

        p.active();

        assertThat(p.isReclaimed()).isFalse();
        assertThatThrownBy(() -> t.budget.reclaimRefusal(p, 11 * MS)).isInstanceOf(IllegalStateException.class);
        p.idleInTransactionSince(11 * MS);
        assertThat(t.budget.reclaimCandidate(21 * MS - 1)).isNull();
        assertThat(t.budget.reclaimCandidate(21 * MS)).isSameAs(p);
    }

    @Test
    void oldestIdlePinIsTakenAboveMaxPinnedAndNoFurther() {
        TestClients t = new TestClients(3, PINS);
        List<Permit> held = t.holders(PINS, "h", 3, 0);
        held.get(0).pinned(true);
        held.get(1).pinned(true);
        held.get(1).idleInTransactionSince(1);
        t.waiter(PINS, "h", "w", 0);
        t.waiter(PINS, "h", "w2", 0);

        assertThat(t.budget.reclaimCandidate(2)).isSameAs(held.get(1));
        assertThat(t.budget.reclaimRefusal(held.get(1), 2).reason()).isEqualTo(Refusal.Reason.PIN_QUOTA);
        held.get(0).idleInTransactionSince(3);
        assertThat(t.budget.reclaimCandidate(4))
                .as("one pin is within the limit")
                .isNull();
    }

    @Test
    void permitHeldTooLongIsTakenThoughActive() {
        TestClients t = new TestClients(1, LONG);
        Permit p = t.holders(LONG, "h", 1, 0).get(0);
        t.waiter(LONG, "h", "w", 0);

        assertThat(t.budget.reclaimCandidate(50 * MS - 1)).isNull();
        assertThat(t.budget.reclaimCandidate(50 * MS)).isSameAs(p);
        p.idleInTransactionSince(51 * MS);
        p.active();
        assertThat(p.isReclaimed()).isTrue();
        assertThat(t.budget.reclaimRefusal(p, 51 * MS).reason()).isEqualTo(Refusal.Reason.TRANSACTION_TIME);
    }

    @Test
    void waitForABackendIsNoTimeOfATransaction() {
        TestClients t = new TestClients(2, LONG);
        Permit first = t.holders(LONG, "h", 1, 0).get(0);
        Permit second = t.holders(LONG, "h2", 1, 10 * MS).get(0);
        t.waiter(LONG, "h", "w", 0);
        assertThat(t.budget.reclaimCandidate(50 * MS)).isSameAs(first);

        first.heldFrom(55 * MS);

        assertThat(first.isReclaimed()).isFalse();
        assertThat(t.budget.reclaimCandidate(60 * MS)).isSameAs(second);
        t.waiter(LONG, "h", "w2", 60 * MS);
        assertThat(t.budget.reclaimCandidate(105 * MS - 1)).isNull();
        assertThat(t.budget.reclaimCandidate(105 * MS)).isSameAs(first);
    }

    @Test
    void nothingIsTakenWhileThereIsNoPermitToGrant() {
        TestClients t = new TestClients(1, IDLE);
        t.holders(IDLE, "h", 1, 0).forEach(p -> p.idleInTransactionSince(0));
        t.waiter(IDLE, "h", "w", 0);
        t.budget.resize(0, 1);
        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNull();

        t.budget.resize(1, 1);
        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNotNull();
    }

    @Test
    void classWithinItsGuaranteeGivesNothingToOthers() {
        ClientClass safe = IDLE.withGuaranteed(2);
        TestClients t = new TestClients(3, safe, PLAIN);
        t.holders(safe, "s", 2, 0).forEach(p -> p.idleInTransactionSince(0));
        t.holders(PLAIN, "p", 1, 0);
        t.waiter(PLAIN, "p", "w", 0);
        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNull();

        t.waiter(safe, "s", "own", 0);
        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNotNull();
    }

    @Test
    void classBelowItsFairShareGivesNothingToAClassAboveIt() {
        TestClients t = new TestClients(4, IDLE, PLAIN);
        t.holders(IDLE, "i", 1, 0).forEach(p -> p.idleInTransactionSince(0));
        t.holders(PLAIN, "p", 3, 0);
        t.waiter(PLAIN, "p", "w", 0);

        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNull();
    }

    @Test
    void waiterThatIsStoppedByItsOwnMaxTakesNothingFromOthers() {
        ClientClass small = PLAIN.withMax(1);
        TestClients t = new TestClients(4, IDLE, small);
        t.holders(IDLE, "i", 3, 0).forEach(p -> p.idleInTransactionSince(0));
        t.holders(small, "p", 1, 0);
        t.waiter(small, "p", "w", 0);

        assertThat(t.budget.reclaimCandidate(1_000 * MS)).isNull();
    }

    @Test
    void pinsAreCountedOncePerHeldPermitAndEndWithIt() {
        TestClients t = new TestClients(1, PINS);
        Permit p = t.client(PINS, "h", "p");
        p.pinned(true);
        assertThat(p.isPinned()).as("not held").isFalse();
        t.budget.request(p, 0);
        p.pinned(true);
        p.pinned(true);
        assertThat(t.budget.snapshot(0).classes().get(0).pinned()).isEqualTo(1);
        t.budget.release(p, 1);
        assertThat(p.isPinned()).isFalse();
        assertThat(t.budget.snapshot(0).classes().get(0).pinned()).isZero();
    }
}
