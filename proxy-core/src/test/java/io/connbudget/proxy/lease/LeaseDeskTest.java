package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.MockDatabase.Trap;
import io.connbudget.proxy.testing.RawClient;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The desk between another plan, a pause, a smaller budget and those who wait. */
class LeaseDeskTest {
    private static final BudgetPlan PLAN = new BudgetPlan(
            4, List.of(ClientClass.defaults(ClientClass.DEFAULT_NAME).withQueueTimeout(Duration.ofSeconds(20))));

    @Test
    void aReloadServesNobodyWhileTheProxyIsPaused() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 4, new Options());
                RawClient client = proxy.client()) {
            proxy.desk.pause();
            client.sendQuery("SELECT 5");
            Eventually.await("it waits", () -> proxy.desk.waiting() == 1);

            proxy.desk.reload(PLAN, 4);
            proxy.desk.change(plan -> plan);

            assertThat(proxy.desk.waiting()).isEqualTo(1);
            assertThat(proxy.desk.inUse()).isZero();
            proxy.desk.resume();
            assertThat(client.answer().value()).isEqualTo("5");
        }
    }

    @Test
    void aPlanThatIsChangedLeavesASmallerBudgetAsItIs() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 4, new Options());
                RawClient holder = proxy.client();
                RawClient client = proxy.client()) {
            assertThat(holder.query("BEGIN").error()).isZero();
            proxy.desk.resize(1);
            client.sendQuery("SELECT 5");
            Eventually.await("it waits", () -> proxy.desk.waiting() == 1);

            proxy.desk.change(plan -> plan);

            assertThat(proxy.desk.inUse()).isEqualTo(1);
            assertThat(proxy.desk.leasable()).isEqualTo(1);
            assertThat(proxy.desk.plan().total()).isEqualTo(4);
            assertThat(holder.query("COMMIT").error()).isZero();
            assertThat(client.answer().value()).isEqualTo("5");

            proxy.desk.resize(9);
            proxy.desk.change(plan -> plan.withTotal(plan.total()));
            assertThat(proxy.desk.plan().total())
                    .as("room for guarantees in a budget that has grown")
                    .isEqualTo(9);
        }
    }

    /** A request that waits for the session's own reset comes to the budget late; its deadline must not be kept late. */
    @Test
    void whoWaitedForItsOwnResetIsRefusedAtItsTimeLikeOthers() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().queue(100, Duration.ofSeconds(1)));
                RawClient late = proxy.client();
                RawClient first = proxy.client();
                RawClient second = proxy.client()) {
            assertThat(late.query("BEGIN").error()).isZero();
            database.trap("RESET_CONNECTION", Trap.HANG);
            assertThat(late.command(0x1f).error()).isZero();
            long began = System.nanoTime();
            late.sendQuery("SELECT 1");
            Eventually.await("it is being reset", () -> database.sprung() == 1);
            Eventually.await("most of its time is over", () -> System.nanoTime() - began > 700_000_000L);
            first.sendQuery("BEGIN");
            Eventually.await("one waits", () -> proxy.desk.waiting() == 1);
            second.sendQuery("SELECT 2");
            Eventually.await("two wait", () -> proxy.desk.waiting() == 2);
            database.release();
            assertThat(first.answer().error()).isZero();

            assertThat(second.answer().error()).isEqualTo(1040);
            RawClient.Answer refused = late.answer();
            assertThat(refused.error()).isEqualTo(1040);
            Matcher waited = Pattern.compile("got no backend within (\\d+) ms").matcher(refused.message());
            assertThat(waited.find()).as(refused.message()).isTrue();
            assertThat(Integer.parseInt(waited.group(1))).isBetween(1_000, 1_400);
        }
    }
}
