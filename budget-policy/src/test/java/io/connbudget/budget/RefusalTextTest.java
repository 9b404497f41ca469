package io.connbudget.budget;

import static io.connbudget.budget.TestClients.MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Code, SQLSTATE and text of every refusal, as a client and a DBA read them. */
class RefusalTextTest {
    private static final ClientClass WEB = ClientClass.defaults("web")
            .withMax(3)
            .withQueueLength(2)
            .withQueueTimeout(Duration.ofMillis(100))
            .withMaxClients(5);

    private final TestClients t = new TestClients(4, WEB);

    private void saturate() {
        t.holders(WEB, "10.0.0.7", 2, 0);
        t.holders(WEB, "10.0.0.8", 1, 0);
        t.waiter(WEB, "10.0.0.8", "w1", 40 * MS);
        t.waiter(WEB, "10.0.0.8", "w2", 60 * MS);
    }

    private static void is(Refusal refusal, int code, String sqlState, String message) {
        assertThat(refusal.message()).isEqualTo(message);
        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.sqlState()).isEqualTo(sqlState);
    }

    @Test
    void clientsOfTheClass() {
        saturate();
        is(
                t.budget.admit(WEB).refusal(),
                1040,
                "08004",
                "Too many connections: class 'web' has 5 of 5 clients, most from 10.0.0.8 (3); close some, or raise max-clients of the class");
    }

    @Test
    void clientsInAll() {
        Budget budget = new Budget(new BudgetPlan(4, 1, List.of()), t);
        ClientClass any = budget.plan().classes().get(0);
        budget.newPermit(any, "10.0.0.7", "a");
        is(
                budget.admit(any).refusal(),
                1040,
                "08004",
                "Too many connections: the proxy has 1 of 1 clients, most from 10.0.0.7 (1); close some, or raise max-clients");
    }

    @Test
    void queueFull() {
        ClientClass room = WEB.withMaxClients(6);
        TestClients t = new TestClients(4, room);
        t.holders(room, "10.0.0.7", 2, 0);
        t.holders(room, "10.0.0.8", 1, 0);
        t.waiter(room, "10.0.0.8", "w1", 40 * MS);
        t.waiter(room, "10.0.0.8", "w2", 60 * MS);
        t.budget.request(t.client(room, "10.0.0.9", "w3"), 90 * MS);
        is(
                t.budget.lastRefusal(),
                1040,
                "08004",
                "Too many connections: the queue of class 'web' is full: 3 in use of max 3, 3 of 4 in the whole budget, 2 waiting, oldest wait 50 ms, most held by 10.0.0.7 (2); try again later, shorten transactions, raise max of the class, or raise queue-length of the class");
    }

    @Test
    void queueTimeoutBehindTheClassMax() {
        saturate();
        t.budget.expire(140 * MS);
        is(
                t.refusals.get(0),
                1040,
                "08004",
                "Too many connections: class 'web' got no backend within 100 ms: 3 in use of max 3, 3 of 4 in the whole budget, 2 waiting, oldest wait 100 ms, most held by 10.0.0.7 (2); try again later, shorten transactions, raise max of the class, or raise queue-timeout of the class");
    }

    @Test
    void queueTimeoutBehindTheWholeBudgetUnderOverload() {
        ClientClass any = ClientClass.defaults("any").withQueueTimeout(Duration.ofMillis(100));
        TestClients t = new TestClients(1, any);
        t.holders(any, "10.0.0.7", 1, 0);
        t.waiter(any, "h", "a", 0);
        t.waiter(any, "h", "b", 50 * MS);
        t.budget.expire(100 * MS);
        t.waiter(any, "h", "c", 140 * MS);
        t.waiter(any, "h", "d", 190 * MS);
        t.budget.expire(215 * MS);
        is(
                t.refusals.get(3),
                1040,
                "08004",
                "Too many connections: class 'any' got no backend within 25 ms (a quarter of queue-timeout, as waiters have timed out for 115 ms): 1 in use, 1 of 1 in the whole budget, 1 waiting, oldest wait 25 ms, most held by 10.0.0.7 (1); try again later, shorten transactions, raise the budget, or raise queue-timeout of the class");
    }

    @Test
    void queueTimeoutBehindAnotherClass() {
        ClientClass batch = ClientClass.defaults("batch");
        TestClients t = new TestClients(3, WEB, batch);
        t.holders(batch, "worker-1:4711", 2, 0);
        t.holders(WEB, "10.0.0.7", 1, 0);
        t.waiter(WEB, "10.0.0.7", "w", 0);
        t.budget.expire(100 * MS);
        is(
                t.refusals.get(0),
                1040,
                "08004",
                "Too many connections: class 'web' got no backend within 100 ms: 1 in use of max 3, 3 of 3 in the whole budget, 1 waiting, oldest wait 100 ms, most held by worker-1:4711 (2) of class 'batch' (2); try again later, shorten transactions, raise the budget, or raise queue-timeout of the class");
    }

    @Test
    void classThatIsShutOut() {
        ClientClass shut = WEB.withMax(0);
        TestClients t = new TestClients(4, shut);
        t.budget.request(t.client(shut, "h", "a"), 0);
        is(
                t.budget.lastRefusal(),
                1226,
                "42000",
                "Class 'web' may use no backend: its max is 0; raise max of the class");
    }

    @Test
    void draining() {
        t.budget.drain(0);
        is(
                t.budget.admit(WEB).refusal(),
                1053,
                "08S01",
                "Server shutdown in progress: the proxy is draining; connect again");
    }

    @Test
    void reclaimed() {
        ClientClass strict = WEB.withMaxPinned(0)
                .withIdleInTransactionTimeout(Duration.ofMillis(200))
                .withMaxTransactionTime(Duration.ofMillis(500));
        is(
                reclaimed(strict, 10 * MS),
                1226,
                "42000",
                "Transaction rolled back: the session was pinned and idle, with 1 pinned above max-pinned of 0 in class 'web', while others waited for a backend; begin again");
        is(
                reclaimed(strict.withMaxPinned(1), 250 * MS),
                1226,
                "42000",
                "Transaction rolled back: the session was idle for 245 ms, above idle-in-transaction-timeout of 200 ms in class 'web', while others waited for a backend; begin again");
        is(
                reclaimed(strict.withIdleInTransactionTimeout(Duration.ZERO).withMaxPinned(1), 600 * MS),
                1226,
                "42000",
                "Transaction rolled back: the session was holding a backend for 600 ms, above max-transaction-time of 500 ms in class 'web', while others waited for a backend; begin again");
    }

    private static Refusal reclaimed(ClientClass c, long now) {
        ClientClass patient = c.withMax(1).withQueueTimeout(Duration.ofSeconds(10));
        TestClients t = new TestClients(1, patient);
        Permit p = t.holders(patient, "10.0.0.7", 1, 0).get(0);
        p.pinned(true);
        p.idleInTransactionSince(5 * MS);
        t.waiter(patient, "h", "w", 0);
        assertThat(t.budget.reclaimCandidate(now)).isSameAs(p);
        return t.budget.reclaimRefusal(p, now);
    }

    @Test
    void textIsOneShortLineWhateverTheSourceIsCalled() {
        ClientClass longName = ClientClass.defaults("x".repeat(64)).withMax(1).withQueueLength(0);
        TestClients t = new TestClients(1, longName);
        t.holders(longName, "evil\nname\r" + "y".repeat(1_000), 1, 0);
        t.budget.request(t.client(longName, "h", "a"), 1);

        assertThat(t.budget.lastRefusal().message())
                .hasSizeLessThanOrEqualTo(Refusal.MAX_MESSAGE)
                .doesNotContainPattern("\\p{Cntrl}")
                .contains("evil?name?yyy");
    }
}
