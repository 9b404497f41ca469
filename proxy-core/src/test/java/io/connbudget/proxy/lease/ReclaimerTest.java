package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.budget.ClientClass;
import io.connbudget.proxy.session.PinReason;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestServers;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions over a limit of their class lose their backend when others wait, and only then. */
class ReclaimerTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    static List<TestServers> servers() {
        return TestServers.all();
    }

    private LiveProxy proxy;

    private void start(TestServers server, ClientClass limits, int budget) throws Exception {
        proxy = new LiveProxy(server, budget, new Options().classes(limits.withQueueTimeout(Duration.ofSeconds(20))));
    }

    private static ClientClass limits() {
        return ClientClass.defaults(ClientClass.DEFAULT_NAME);
    }

    @BeforeEach
    void none() {
        proxy = null;
    }

    @AfterEach
    void stop() {
        if (proxy != null) {
            proxy.close();
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void anIdleTransactionIsRolledBackForAWaiterAndItsOwnerIsToldAtItsNextStatement(TestServers server)
            throws Exception {
        start(server, limits().withIdleInTransactionTimeout(SHORT), 1);
        try (RawClient idle = proxy.client();
                RawClient waiter = proxy.client()) {
            assertThat(idle.query("CREATE TEMPORARY TABLE mysql.reclaim_t (n INT)")
                            .error())
                    .isZero();
            assertThat(idle.query("BEGIN").error()).isZero();
            assertThat(idle.query("INSERT INTO mysql.reclaim_t VALUES (1)").error())
                    .isZero();

            assertThat(waiter.query("SELECT 5").value()).isEqualTo("5");

            RawClient.Answer told = idle.query("COMMIT");
            assertThat(told.error()).isEqualTo(1226);
            assertThat(told.message())
                    .matches(
                            "Transaction rolled back: the session was idle for \\d+ ms, above idle-in-transaction-timeout"
                                    + " of 50 ms in class 'default', while others waited for a backend; begin again;"
                                    + " lost: \\[TRANSACTION, TEMPORARY_TABLE\\]");
            assertThat(idle.query("SELECT 6").value())
                    .as("the connection stays usable")
                    .isEqualTo("6");
            assertThat(idle.query("SELECT n FROM mysql.reclaim_t").error()).isEqualTo(1146);
        }
        assertThat(proxy.events).anyMatch(event -> event.startsWith("reclaimed Transaction rolled back"));
        proxy.awaitWhole();
    }

    /** What keeps the session is known only when its last statement has been answered. */
    @ParameterizedTest
    @MethodSource("servers")
    void aSessionThatIsKeptForWhatWasReadIsSilentToo(TestServers server) throws Exception {
        start(server, limits().withIdleInTransactionTimeout(SHORT), 1);
        try (RawClient idle = proxy.client();
                RawClient waiter = proxy.client()) {
            assertThat(idle.query("SELECT LENGTH(@big := REPEAT('x', 100000))").value())
                    .isEqualTo("100000");
            Eventually.await(
                    "it is kept", () -> proxy.desk.snapshot().classes().get(0).idle() == 1);

            assertThat(waiter.query("SELECT 5").value()).isEqualTo("5");

            RawClient.Answer told = idle.query("SELECT LENGTH(@big)");
            assertThat(told.error()).isEqualTo(1226);
            assertThat(told.message()).endsWith("lost: [USER_VARIABLE]");
        }
        proxy.awaitWhole();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void nothingIsTakenWhileNobodyWaits(TestServers server) throws Exception {
        start(
                server,
                limits().withIdleInTransactionTimeout(Duration.ofMillis(1)).withMaxPinned(0),
                2);
        try (RawClient idle = proxy.client();
                RawClient other = proxy.client()) {
            assertThat(idle.query("SET @a = 1").error()).isZero();
            assertThat(idle.query("BEGIN").error()).isZero();
            for (int i = 0; i < 300; i++) {
                assertThat(other.query("SELECT 5").value()).isEqualTo("5");
            }
            assertThat(idle.query("SELECT 6").value()).isEqualTo("6");
            assertThat(clients().get(0).pins()).contains(PinReason.TRANSACTION);
        }
        assertThat(proxy.events).isEmpty();
        proxy.awaitWhole();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aPinAboveMaxPinnedIsEndedButAPlainTransactionIsNot(TestServers server) throws Exception {
        start(server, limits().withMaxPinned(0), 2);
        try (RawClient inTransaction = proxy.client();
                RawClient pinned = proxy.client();
                RawClient waiter = proxy.client()) {
            assertThat(inTransaction.query("BEGIN").error()).isZero();
            assertThat(pinned.query("SELECT GET_LOCK('reclaimer_test', 0)").value())
                    .isEqualTo("1");

            assertThat(waiter.query("SELECT 5").value()).isEqualTo("5");

            RawClient.Answer told = pinned.query("SELECT 7");
            assertThat(told.error()).isEqualTo(1226);
            assertThat(told.message()).contains("pinned and idle, with 1 pinned above max-pinned of 0");
            assertThat(pinned.query("SELECT IS_FREE_LOCK('reclaimer_test')").value())
                    .isEqualTo("1");
            assertThat(inTransaction.query("SELECT 8").value()).isEqualTo("8");
            assertThat(inTransaction.query("COMMIT").error()).isZero();
        }
        proxy.awaitWhole();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aStatementOverMaxTransactionTimeIsInterruptedAndItsTransactionEnded(TestServers server) throws Exception {
        start(server, limits().withMaxTransactionTime(SHORT), 1);
        try (RawClient slow = proxy.client();
                RawClient waiter = proxy.client()) {
            assertThat(slow.query("BEGIN").error()).isZero();
            slow.sendQuery("SELECT SLEEP(30)");
            Eventually.await("the statement runs", () -> proxy.pool.relaying() == 1);

            assertThat(waiter.query("SELECT 5").value()).isEqualTo("5");

            // MySQL's SLEEP gives 1 when it is interrupted, MariaDB's the error that other statements give.
            RawClient.Answer interrupted = slow.answer();
            assertThat(interrupted.error() == 0 ? interrupted.value() : String.valueOf(interrupted.error()))
                    .isIn("1", "1317");
            RawClient.Answer told = slow.query("COMMIT");
            assertThat(told.error()).isEqualTo(1226);
            assertThat(told.message()).contains("above max-transaction-time of 50 ms");
            assertThat(slow.query("SELECT 6").value()).isEqualTo("6");
        }
        proxy.awaitWhole();
    }

    /** All clients by connection id, each asked on its own event loop. */
    private List<ClientFacts> clients() {
        return proxy.clients.all().stream()
                .map(client -> CompletableFuture.supplyAsync(
                                client::facts, client.lease().eventLoop())
                        .join())
                .sorted(Comparator.comparingLong(ClientFacts::id))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aConsoleSeesWhoHoldsAndWhy(TestServers server) throws Exception {
        start(server, limits(), 1);
        try (RawClient holder = proxy.client();
                RawClient waiter = proxy.client()) {
            assertThat(holder.query("BEGIN").error()).isZero();
            assertThat(holder.query("SELECT  'secret', 42 /* x */").error()).isZero();
            waiter.sendQuery("SELECT 5");
            Eventually.await("it waits", () -> proxy.desk.waiting() == 1);

            List<ClientFacts> clients = clients();

            assertThat(clients).hasSize(2);
            assertThat(clients.get(0).phase()).isEqualTo(Lease.Phase.HELD);
            assertThat(clients.get(0).pins()).containsExactly(PinReason.TRANSACTION);
            assertThat(clients.get(0).digest()).isEqualTo("SELECT ?, ...");
            assertThat(clients.get(0).clientClass()).isEqualTo("default");
            assertThat(clients.get(0).address().getAddress().isLoopbackAddress())
                    .isTrue();
            assertThat(clients.get(0).attachedNanos()).isNotZero();
            assertThat(clients.get(1).phase()).isEqualTo(Lease.Phase.WAITING);
            assertThat(proxy.desk.snapshot().classes().get(0).idle()).isEqualTo(1);
            assertThat(holder.query("COMMIT").error()).isZero();
            assertThat(waiter.answer().value()).isEqualTo("5");
        }
        proxy.awaitWhole();
    }
}
