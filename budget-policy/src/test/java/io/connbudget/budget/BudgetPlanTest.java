package io.connbudget.budget;

import static io.connbudget.budget.TestClients.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BudgetPlanTest {
    private static final ClientClass WEB = ClientClass.defaults("web");

    @Test
    void defaultsOfAClass() {
        assertThat(WEB)
                .isEqualTo(new ClientClass(
                        "web",
                        List.of(),
                        0,
                        ClientClass.UNLIMITED,
                        1,
                        0,
                        ClientClass.UNLIMITED,
                        ClientClass.UNLIMITED,
                        Duration.ofSeconds(30),
                        ClientClass.UNLIMITED,
                        Duration.ZERO,
                        Duration.ZERO));
    }

    @Test
    void messagesNameClassKeyValueAndWhatWasExpected() {
        says(() -> WEB.withGuaranteed(-1), "class 'web': guaranteed is -1, expected 0 to 2147483646");
        says(() -> WEB.withMax(-1), "class 'web': max is -1, expected 0 or more, or unlimited");
        says(() -> WEB.withMax(3).withGuaranteed(4), "class 'web': guaranteed is 4, expected at most max, which is 3");
        says(() -> WEB.withWeight(0), "class 'web': weight is 0, expected 1 to 10000");
        says(() -> WEB.withWeight(10_001), "class 'web': weight is 10001, expected 1 to 10000");
        says(() -> WEB.withPriority(1_001), "class 'web': priority is 1001, expected -1000 to 1000");
        says(() -> WEB.withMaxClients(-5), "class 'web': max-clients is -5, expected 0 or more, or unlimited");
        says(() -> WEB.withQueueLength(-1), "class 'web': queue-length is -1, expected 0 or more, or unlimited");
        says(() -> WEB.withMaxPinned(-1), "class 'web': max-pinned is -1, expected 0 or more, or unlimited");
        says(() -> WEB.withQueueTimeout(Duration.ZERO), "class 'web': queue-timeout is PT0S, expected 1 ms to 1 day");
        says(
                () -> WEB.withQueueTimeout(Duration.ofDays(2)),
                "class 'web': queue-timeout is PT48H, expected 1 ms to 1 day");
        says(
                () -> WEB.withIdleInTransactionTimeout(Duration.ofMillis(-1)),
                "class 'web': idle-in-transaction-timeout is PT-0.001S, expected up to 1 day, or 0 for off");
        says(
                () -> WEB.withMaxTransactionTime(Duration.ofDays(2)),
                "class 'web': max-transaction-time is PT48H, expected up to 1 day, or 0 for off");
        says(
                () -> ClientClass.defaults("a\n'b"),
                "class name: got 'a?'b', expected 1 to 64 printable characters without quotes");
    }

    @Test
    void messagesOfThePlan() {
        says(() -> new BudgetPlan(0, List.of()), "budget total is 0, expected 1 to 1000000");
        says(() -> new BudgetPlan(1, -1, List.of()), "max-clients is -1, expected 0 or more, or unlimited");
        says(() -> new BudgetPlan(9, List.of(WEB, WEB)), "class name: 'web' is given twice, expected once");
        ClientClass fallback = ClientClass.defaults("default");
        says(
                () -> new BudgetPlan(9, List.of(fallback, fallback)),
                "class name: 'default' is given twice, expected once");
        says(
                () -> new BudgetPlan(9, List.of(WEB.withGuaranteed(6), fallback.withGuaranteed(4))),
                "guaranteed: the classes' sum is 10, expected at most the budget total of 9");
    }

    @Test
    void defaultClassAlwaysExistsAndIsAskedLast() {
        assertThat(new BudgetPlan(1, List.of(WEB)).classes()).containsExactly(WEB, ClientClass.defaults("default"));
        ClientClass fallback = ClientClass.defaults("default").withMax(2);
        assertThat(new BudgetPlan(1, List.of(fallback, WEB)).classes()).containsExactly(WEB, fallback);
    }

    @Test
    void firstMatchWins() {
        ClientClass both = ClientClass.defaults("both").withRules(Rule.user("celery_web"), Rule.user("nobody"));
        ClientClass celery = ClientClass.defaults("celery").withRules(Rule.user("celery*"));
        BudgetPlan plan = new BudgetPlan(1, List.of(both, celery, WEB));

        assertThat(plan.classify(identity("celery_web", "::1")).name()).isEqualTo("both");
        assertThat(plan.classify(identity("celery_batch", "::1")).name()).isEqualTo("celery");
        assertThat(plan.classify(identity("other", "::1")).name()).isEqualTo("default");
    }

    private static void says(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void assignmentsAreTriedInTheirOrderBeforeTheClassesOwnRules() {
        ClientClass batch = ClientClass.defaults("batch").withRules(Rule.user("late"));
        BudgetPlan plan = new BudgetPlan(
                4,
                ClientClass.UNLIMITED,
                List.of(WEB, batch),
                List.of(
                        new Assignment(Rule.user("a*"), "batch"),
                        new Assignment(Rule.user("ab"), "web"),
                        new Assignment(Rule.user("b"), "web")));

        assertThat(plan.classify(identity("ab", "10.0.0.1")).name()).isEqualTo("batch");
        assertThat(plan.classify(identity("b", "10.0.0.1")).name()).isEqualTo("web");
        assertThat(plan.classify(identity("late", "10.0.0.1")).name()).isEqualTo("batch");
        assertThat(plan.withTotal(9).assignments()).isEqualTo(plan.assignments());
        says(
                () -> new BudgetPlan(4, 4, List.of(WEB), List.of(new Assignment(Rule.ANY, "none"))),
                "rules: there is no class 'none', expected one of web, default");
    }
}
