package io.connbudget.budget;

import static io.connbudget.budget.TestClients.MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class WorkingBudgetTest {
    private final WorkingBudget budget = new WorkingBudget(64, Duration.ofSeconds(1));

    @Test
    void fallsToWhatTheServerAllowsAndComesBackInSteps() {
        assertThat(budget.at(0)).isEqualTo(64);
        assertThat(budget.refused(10, 0)).isEqualTo(10);
        assertThat(budget.refused(10, 0)).isEqualTo(10);
        assertThat(budget.at(999 * MS)).isEqualTo(10);
        assertThat(budget.at(1_000 * MS)).isEqualTo(12);
        assertThat(budget.at(3_500 * MS)).isEqualTo(16);
        assertThat(budget.at(4_000 * MS)).isEqualTo(18);
        assertThat(budget.refused(17, 4_500 * MS)).isEqualTo(17);
        assertThat(budget.at(5_400 * MS)).isEqualTo(17);
        assertThat(budget.at(100_000 * MS)).isEqualTo(64);
    }

    @Test
    void oneConnectionGoesOnTrying() {
        assertThat(budget.refused(0, 0)).isEqualTo(1);
    }

    @Test
    void changeOfTheConfiguredTotal() {
        assertThat(budget.configured(100, 0)).isEqualTo(100);
        budget.refused(10, 0);
        assertThat(budget.configured(200, 0)).isEqualTo(10);
        assertThat(budget.configured(5, 0)).isEqualTo(5);
        assertThat(budget.at(60_000 * MS)).isEqualTo(5);
        assertThatThrownBy(() -> budget.configured(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void staysBetweenOneAndTheConfiguredTotal(
            @ForAll @IntRange(min = 1, max = 1_000_000) int configured,
            @ForAll @IntRange(max = 1_000_000) int open,
            @ForAll @LongRange(min = 0, max = Long.MAX_VALUE / 2) long later) {
        WorkingBudget b = new WorkingBudget(configured, Duration.ofMillis(1));
        int low = b.refused(open, 0);
        assertThat(low).isBetween(1, configured);
        assertThat(b.at(later)).isBetween(low, configured);
    }
}
