package io.connbudget.proxy.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.backend.ServerLimits;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.config.ProxyConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BudgetControlTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<Integer> sizes = new ArrayList<>();
    private int open;
    private long refusals;

    private final BudgetControl.Target target = new BudgetControl.Target() {
        @Override
        public int open() {
            return open;
        }

        @Override
        public long refusals() {
            return refusals;
        }

        @Override
        public void resize(int total) {
            sizes.add(total);
        }

        @Override
        public void reload(ProxyConfig config, int total) {
            sizes.add(-total);
        }
    };

    private static ProxyConfig config(String maxConnections, String share) throws Exception {
        return new ConfigLoader(Map.of(
                        "CONNBUDGET_BACKEND_ADDRESS", "db:3306",
                        "CONNBUDGET_BACKEND_USER", "app",
                        "CONNBUDGET_BACKEND_PASSWORD", "x",
                        "CONNBUDGET_BUDGET_MAX_CONNECTIONS", maxConnections,
                        "CONNBUDGET_BUDGET_SHARE", share,
                        "CONNBUDGET_BUDGET_RECOVERY_INTERVAL", "1s"))
                .load(null, Map.of())
                .config();
    }

    @Test
    void aGivenNumberIsTheBudgetWhateverTheServerSays() throws Exception {
        BudgetControl control = new BudgetControl(config("64", "1/2"), target);

        control.read(new ServerLimits(10, 5, 3, 1), 0);
        control.tick(0);

        assertThat(control.total()).isEqualTo(32);
        assertThat(sizes).isEmpty();
    }

    @Test
    void aDiscoveredBudgetFollowsTheServer() throws Exception {
        BudgetControl control = new BudgetControl(config("auto", "1/1"), target);
        assertThat(control.total()).isEqualTo(BudgetControl.UNDISCOVERED);

        control.read(new ServerLimits(1600, 0, 100, 1), 0);
        control.read(new ServerLimits(1600, 0, 100, 400), SECOND);
        control.read(new ServerLimits(1600, 200, 100, 400), 2 * SECOND);
        control.read(new ServerLimits(100, 0, 98, 2), 3 * SECOND);
        control.read(new ServerLimits(3200, 0, 0, 2), 4 * SECOND);

        assertThat(sizes).containsExactly(1420, 200, 2, 3040);
    }

    @Test
    void aRefusalLowersTheBudgetToWhatIsOpenAndQuietTimeRaisesIt() throws Exception {
        BudgetControl control = new BudgetControl(config("64", "1/1"), target);
        open = 40;
        refusals = 7;

        control.tick(0);
        control.tick(SECOND / 2);
        control.tick(SECOND);
        control.tick(2 * SECOND);
        refusals = 8;
        open = 43;
        control.tick(2 * SECOND + 1);
        control.tick(60 * SECOND);

        assertThat(sizes).containsExactly(40, 42, 44, 43, 64);
    }

    @Test
    void aLoweredBudgetStaysLoweredWhenTheDiscoveredOneGrows() throws Exception {
        BudgetControl control = new BudgetControl(config("auto", "1/20"), target);
        control.read(new ServerLimits(1600, 0, 0, 1), 0);
        open = 50;
        refusals = 1;
        control.tick(0);

        control.read(new ServerLimits(3200, 0, 0, 1), 1);

        assertThat(sizes).containsExactly(76, 50);
        control.reload(config("20", "1/1"), 2);
        assertThat(sizes).containsExactly(76, 50, -20);
    }

    @Test
    void aDatabaseThatLetsNoQuestionInLowersTheBudgetByEighths() throws Exception {
        BudgetControl control = new BudgetControl(config("auto", "1/1"), target);
        control.read(new ServerLimits(100, 0, 0, 1), 0);
        open = 95;

        control.shutOut(1);
        control.shutOut(2);
        open = 60;
        control.shutOut(3);
        control.read(new ServerLimits(40, 0, 0, 1), 4);

        assertThat(sizes).containsExactly(95, 84, 74, 60, 37);
    }

    @Test
    void aReloadThatSaysNothingOfTheSizeLeavesALoweredBudgetLowered() throws Exception {
        BudgetControl control = new BudgetControl(config("64", "1/1"), target);
        open = 40;
        refusals = 1;
        control.tick(0);

        control.reload(config("64", "1/1"), 1);
        control.tick(SECOND);

        assertThat(sizes).containsExactly(40, -40, 42);
    }

    @Test
    void whatTheDatabaseRefusedBeforeItWasReachedDoesNotLowerTheBudget() throws Exception {
        BudgetControl control = new BudgetControl(config("64", "1/1"), target);
        open = 1;
        refusals = 9;
        control.reached();

        control.tick(0);

        assertThat(sizes).isEmpty();
    }
}
