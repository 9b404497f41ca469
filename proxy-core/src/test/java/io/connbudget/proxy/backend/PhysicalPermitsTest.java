package io.connbudget.proxy.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.backend.PhysicalPermits.Permit;
import io.connbudget.proxy.backend.PhysicalPermits.Phase;
import io.connbudget.proxy.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PhysicalPermitsTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void givesNoMoreThanTheLimit() throws Exception {
        PhysicalPermits permits = new PhysicalPermits(2);
        Permit first = permits.acquire(LONG);
        assertThat(permits.acquire(LONG)).isNotNull();
        assertThat(permits.acquire(Duration.ofMillis(1))).isNull();
        assertThat(permits.waiting()).isZero();
        first.release();
        first.release();
        assertThat(permits.held()).isEqualTo(1);
        assertThat(permits.acquire(Duration.ZERO)).isNotNull();
        assertThat(permits.acquire(Duration.ZERO)).isNull();
    }

    @Test
    void servesWaitersInOrder() throws Exception {
        PhysicalPermits permits = new PhysicalPermits(1);
        Permit held = permits.acquire(LONG);
        List<Integer> order = new CopyOnWriteArrayList<>();
        CompletableFuture<?>[] waiters = new CompletableFuture<?>[3];
        for (int i = 0; i < 3; i++) {
            int number = i;
            waiters[i] = CompletableFuture.runAsync(
                    () -> {
                        try {
                            Permit mine = permits.acquire(LONG);
                            order.add(number);
                            mine.release();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    task -> new Thread(task).start());
            Eventually.await("waiting", () -> permits.waiting() == number + 1);
        }
        held.release();
        CompletableFuture.allOf(waiters).get(10, TimeUnit.SECONDS);
        assertThat(order).containsExactly(0, 1, 2);
        assertThat(permits.held()).isZero();
    }

    @Test
    void reservesForControlConnections() throws Exception {
        PhysicalPermits permits = new PhysicalPermits(2, 1);
        assertThat(permits.acquire(LONG)).isNotNull();
        assertThat(permits.acquire(Duration.ofMillis(1))).isNull();
        Permit control = permits.tryAcquireControl();
        assertThat(control).isNotNull();
        assertThat(permits.tryAcquireControl()).isNull();
        control.release();
        assertThat(permits.acquire(Duration.ofMillis(1))).isNull();
    }

    @Test
    void shrinkingClosesNothingAndGrowingServesWaiters() throws Exception {
        PhysicalPermits permits = new PhysicalPermits(2);
        Permit a = permits.acquire(LONG);
        Permit b = permits.acquire(LONG);
        permits.limit(1);
        assertThat(permits.held()).isEqualTo(2);
        a.release();
        assertThat(permits.acquire(Duration.ofMillis(1))).isNull();
        CompletableFuture<Permit> waiter = CompletableFuture.supplyAsync(() -> {
            try {
                return permits.acquire(LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Eventually.await("waiting", () -> permits.waiting() == 1);
        permits.limit(2);
        assertThat(waiter.get(10, TimeUnit.SECONDS)).isNotNull();
        assertThat(b.held()).isTrue();
    }

    @Test
    void countsByPhaseAndForgetsReleasedOnes() throws Exception {
        PhysicalPermits permits = new PhysicalPermits(2);
        Permit a = permits.acquire(LONG);
        assertThat(permits.count(Phase.CONNECTING)).isEqualTo(1);
        a.phase(Phase.RELAYING);
        assertThat(permits.count(Phase.CONNECTING)).isZero();
        assertThat(permits.count(Phase.RELAYING)).isEqualTo(1);
        a.release();
        a.phase(Phase.CLOSING);
        for (Phase phase : Phase.values()) {
            assertThat(permits.count(phase)).isZero();
        }
        assertThat(permits.awaitNoneHeld(Duration.ZERO)).isTrue();
    }

    @Test
    void refusesLimitsThatLeaveNothing() {
        assertThatThrownBy(() -> new PhysicalPermits(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PhysicalPermits(1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PhysicalPermits(2, 1).limit(1)).isInstanceOf(IllegalArgumentException.class);
    }
}
