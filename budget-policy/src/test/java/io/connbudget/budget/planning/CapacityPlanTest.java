package io.connbudget.budget.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.connbudget.budget.ClientClass;
import org.junit.jupiter.api.Test;

class CapacityPlanTest {
    @Test
    void incidentInNumbers() {
        CapacityPlan plan = CapacityPlan.of(Fleet.of(20, 32, 20, 1_600).withLoad(5, 2_000));

        assertThat(plan.fleet().demand()).isEqualTo(12_800);
        assertThat(plan.fitsWithoutProxy()).isFalse();
        assertThat(plan.text()).isEqualTo("""
                        demand: 20 nodes x 32 processes x 20 connections = 12,800
                        without the proxy: 12,800 > 1,600: error 1040, Too many connections, once they are opened
                        with the proxy: 12,800 client connections on a budget of 14 backends
                        expected at 2,000 transactions/s of 5.0 ms: utilisation 71 %, mean wait 0.22 ms, 99 % within 3.57 ms
                        """);
    }

    @Test
    void poolOf200InEachProcessIsTenTimesThat() {
        assertThat(Fleet.of(20, 32, 200, 1_600).demand()).isEqualTo(128_000);
    }

    @Test
    void proposedBudgetIsTheSmallestThatTheLoadAllows() {
        CapacityPlan plan = CapacityPlan.of(Fleet.of(20, 32, 20, 1_600).withLoad(5, 2_000));
        int total = plan.budget().total();
        ErlangC less = new ErlangC(total - 1, 2_000, 0.005);

        assertThat(plan.expected().utilisation()).isLessThanOrEqualTo(0.8);
        assertThat(plan.expected().waitSeconds(0.99)).isLessThanOrEqualTo(0.005);
        assertThat(less.utilisation() > 0.8 || less.waitSeconds(0.99) > 0.005).isTrue();
    }

    @Test
    void withoutALoadTheBudgetIsTheLimitOrTheNumberOfWorkers() {
        assertThat(CapacityPlan.of(Fleet.of(20, 32, 20, 1_600)).budget().total())
                .isEqualTo(640);
        CapacityPlan small = CapacityPlan.of(Fleet.of(20, 32, 20, 100));
        assertThat(small.budget().total()).isEqualTo(94);
        assertThat(small.budget().classes())
                .extracting(ClientClass::name, ClientClass::guaranteed)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("workers", 0),
                        org.assertj.core.groups.Tuple.tuple("default", 9));
    }

    @Test
    void loadThatTheLimitCannotCarryIsSaid() {
        CapacityPlan plan = CapacityPlan.of(Fleet.of(20, 32, 20, 20).withLoad(100, 2_000));

        assertThat(plan.keepsUp()).isFalse();
        assertThat(plan.text()).contains("the queue grows without end; 16 backends do 160 transactions/s");
    }

    @Test
    void erlangCAgreesWithTheTextbook() {
        // One backend: the queue is M/M/1, with wait probability rho and mean wait rho / (1 - rho) transactions.
        ErlangC one = new ErlangC(1, 50, 0.01);
        assertThat(one.waitProbability()).isCloseTo(0.5, within(1e-12));
        assertThat(one.meanWaitSeconds()).isCloseTo(0.01, within(1e-12));
        // Two backends: C = 2 rho^2 / (1 + rho).
        assertThat(new ErlangC(2, 100, 0.01).waitProbability()).isCloseTo(2 * 0.25 / 1.5, within(1e-12));
        assertThat(new ErlangC(2, 300, 0.01).waitSeconds(0.5)).isInfinite();
        assertThat(new ErlangC(100_000, 1, 0.001).waitSeconds(0.99)).isZero();
    }

    @Test
    void messagesNameKeyValueAndWhatWasExpected() {
        assertThatThrownBy(() -> Fleet.of(0, 1, 1, 1)).hasMessage("nodes is 0, expected 1 or more");
        assertThatThrownBy(() -> Fleet.of(1, 0, 1, 1)).hasMessage("processes is 0, expected 1 or more");
        assertThatThrownBy(() -> Fleet.of(1, 1, 0, 1)).hasMessage("pool is 0, expected 1 or more");
        assertThatThrownBy(() -> new Fleet(1, 1, 1, 10, 10, 0, 0))
                .hasMessage("reserve is 10, expected less than limit, which is 10");
    }
}
