package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.MockDatabase.Trap;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.ScriptedServer;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can happen to a lease in each of its phases; afterwards the whole budget is there. */
class LeaseRacesTest {
    private static final int BACKEND_LOST = 2013;

    /** A phase, and the command on which a trap holds the lease in it. */
    enum Held {
        RELAYING("SELECT 77"),
        PREPARING_PIPELINED("session_track_schema"),
        PREPARING_CONFIRMED("INIT_DB s1"),
        SWITCHING("CHANGE_USER"),
        READING("LAST_INSERT_ID(),@@"),
        RESETTING("RESET_CONNECTION");

        final String trap;

        Held(String trap) {
            this.trap = trap;
        }

        /** Brings a client into the phase; the trap springs on another thread. */
        RawClient enter(LiveProxy proxy, MockDatabase database, Trap kind) throws IOException {
            switch (this) {
                case PREPARING_CONFIRMED -> {
                    RawClient client = proxy.client("s1");
                    proxy.client("s2").close();
                    database.trap(trap, kind);
                    client.sendQuery("SELECT 77");
                    return client;
                }
                case SWITCHING -> {
                    proxy.client("s1").close();
                    RawClient client = proxy.client();
                    database.trap(trap, kind);
                    client.sendQuery("SELECT 77");
                    return client;
                }
                case READING -> {
                    RawClient client = proxy.client();
                    database.trap("INSERT", Trap.INSERT_ID);
                    database.trap(trap, kind);
                    assertThat(client.query("INSERT INTO t VALUES(1)").error()).isZero();
                    return client;
                }
                case RESETTING -> {
                    RawClient client = proxy.client();
                    assertThat(client.query("BEGIN").error()).isZero();
                    database.trap(trap, kind);
                    assertThat(client.command(0x1f).error()).isZero();
                    return client;
                }
                default -> {
                    RawClient client = proxy.client();
                    database.trap(trap, kind);
                    client.sendQuery("SELECT 77");
                    return client;
                }
            }
        }

        /** Whether the client waits for an answer while the lease is in this phase. */
        boolean clientWaits() {
            return this != READING && this != RESETTING;
        }
    }

    static Stream<Arguments> phasesAndLoops() {
        return Stream.of(Held.values()).flatMap(held -> Stream.of(Arguments.of(held, 1), Arguments.of(held, 2)));
    }

    private static void awaitSprung(MockDatabase database, Held held) {
        int expected = held == Held.READING ? 2 : 1;
        Eventually.await(held + " was reached", () -> database.sprung() >= expected);
    }

    /** A client that must get this answer, or find itself cut off. */
    private static void assertUsableOrClosed(RawClient client) throws IOException {
        try {
            RawClient.Answer answer = client.query("SELECT 5");
            assertThat(answer.error() == 0 ? answer.value() : answer.message()).isEqualTo("5");
        } catch (EOFException | SocketException e) {
            // Cut off: it knows that something was lost.
        }
    }

    @ParameterizedTest
    @MethodSource("phasesAndLoops")
    void clientVanishes(Held held, int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops))) {
            RawClient client = held.enter(proxy, database, Trap.HANG);
            awaitSprung(database, held);
            client.vanish();
            RawClient next = proxy.client();
            next.sendQuery("SELECT 6");
            database.release();
            assertThat(next.answer().value()).isEqualTo("6");
            next.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void clientVanishesWhileItsBackendIsReadAndKept(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops))) {
            RawClient client = proxy.client();
            assertThat(client.query("BEGIN").error()).isZero();
            database.trap("INSERT", Trap.ERROR);
            assertThat(client.query("INSERT INTO t VALUES(1)").error()).isNotZero();
            database.trap("LAST_INSERT_ID(),@@", Trap.HANG);
            client.raw(RawClient.command(0x16, "SELECT ?"));
            Eventually.await("the settings are read", () -> database.sprung() == 2);
            client.vanish();
            RawClient next = proxy.client();
            next.sendQuery("SELECT 6");
            database.release();
            assertThat(next.answer().value()).isEqualTo("6");
            next.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @MethodSource("phasesAndLoops")
    void backendCloses(Held held, int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = held.enter(proxy, database, Trap.CLOSE)) {
            awaitSprung(database, held);
            if (held.clientWaits()) {
                RawClient.Answer answer = client.answer();
                assertThat(answer.error()).isEqualTo(BACKEND_LOST);
                assertThat(answer.message()).contains("unknown");
            }
            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
            client.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aLoginThatIsBrokenOffIsTriedOnAnotherBackend(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = Held.SWITCHING.enter(proxy, database, Trap.OUT_OF_ORDER)) {
            awaitSprung(database, Held.SWITCHING);
            assertThat(client.answer().value()).isEqualTo("77");
            client.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aLoginThatIsBrokenOffTwiceIsALostConnection(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 2, new Options().eventLoops(loops));
                RawClient first = proxy.client("s1");
                RawClient second = proxy.client("s1");
                RawClient client = proxy.client()) {
            for (String sql : List.of("BEGIN", "COMMIT")) {
                // Both backends have a schema, which only a login leaves.
                assertThat(first.query(sql).error()).isZero();
                assertThat(second.query(sql).error()).isZero();
            }
            database.trap("CHANGE_USER", Trap.OUT_OF_ORDER);
            database.trap("CHANGE_USER ", Trap.OUT_OF_ORDER);

            assertThat(client.query("SELECT 77").error()).isEqualTo(BACKEND_LOST);

            assertThat(database.sprung()).isEqualTo(2);
            assertUsableOrClosed(client);
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @MethodSource("phasesAndLoops")
    void bytesBehindTheAnswerCostTheBackendAndReachNobody(Held held, int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = held.enter(proxy, database, Trap.EXTRA)) {
            awaitSprung(database, held);
            ScriptedServer.Session suspect = database.server()
                    .sessions()
                    .get(database.server().sessions().size() - 1);
            if (held == Held.RELAYING || held == Held.PREPARING_PIPELINED) {
                // The pipelined case cannot be told from the answer to the command; it must not reach a later one.
                assertThat(client.answer().error()).isIn(0, BACKEND_LOST);
            } else if (held.clientWaits()) {
                assertThat(client.answer().error()).isEqualTo(BACKEND_LOST);
            }
            assertUsableOrClosed(client);
            client.close();
            proxy.awaitWhole();
            assertThat(database.server().accepted())
                    .as("another connection than %d", suspect.id())
                    .isGreaterThan(1);
        }
    }

    @ParameterizedTest
    @MethodSource("phasesAndLoops")
    void backendAnswersWithAnError(Held held, int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = held.enter(proxy, database, Trap.ERROR)) {
            awaitSprung(database, held);
            if (held.clientWaits()) {
                assertThat(client.answer().error()).isEqualTo(held == Held.PREPARING_PIPELINED ? BACKEND_LOST : 1105);
            }
            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
            client.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void multiStatementsOfOneClientAreNotLeftToAnotherWhereItsSessionCannotBeSetUp() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options())) {
            RawClient multi = proxy.client("s1");
            multi.raw(new byte[] {3, 0, 0, 0, 0x1b, 0, 0});
            assertThat(multi.answer().error()).isZero();
            proxy.client("s2").close();
            database.trap("INIT_DB s1", Trap.ERROR);
            assertThat(multi.query("SELECT 77").error()).isEqualTo(1105);

            // Nothing hangs any more: this trap only counts.
            database.release();
            database.trap("SET_OPTION \u0001", Trap.HANG);
            RawClient other = proxy.client("s2");
            assertThat(other.query("SELECT 5").value()).isEqualTo("5");

            assertThat(database.sprung()).isEqualTo(2);
            multi.close();
            other.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void theSchemaOfAStatementThatIsNotPreparedAgainIsNotLeftToAnother() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options())) {
            RawClient preparing = proxy.client("s1");
            preparing.raw(RawClient.command(0x16, "SELECT ?"));
            preparing.read();
            preparing.read();
            RawClient other = proxy.client("s2");
            assertThat(other.query("BEGIN").error()).isZero();
            // It takes the statement from the backend.
            assertThat(other.command(0x1f).error()).isZero();
            assertThat(other.query("SELECT 4").value()).isEqualTo("4");
            database.trap("STMT_PREPARE", Trap.ERROR);
            preparing.raw(RawClient.command(0x17, "\1\0\0\0\0\1\0\0\0\0\1\3\0\5\0\0\0"));
            assertThat(preparing.answer().error()).isEqualTo(1105);

            // Nothing hangs any more: this trap only counts.
            database.release();
            database.trap("INIT_DB s2", Trap.HANG);
            assertThat(other.query("SELECT 5").value()).isEqualTo("5");

            assertThat(database.sprung()).isEqualTo(2);
            preparing.close();
            other.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @MethodSource("phasesAndLoops")
    void drainLetsWhatRunsEnd(Held held, int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops))) {
            RawClient client = held.enter(proxy, database, Trap.HANG);
            awaitSprung(database, held);
            proxy.frontend.drain();
            proxy.desk.drain();
            database.release();
            if (held.clientWaits()) {
                assertThat(client.answer().value()).isEqualTo("77");
            }
            assertThat(client.ended()).isTrue();
            Eventually.await("nothing is left", () -> proxy.desk.inUse() == 0 && proxy.frontend.size() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void backendClosesInsideTheAnswer(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = proxy.client()) {
            database.trap("SELECT 77", Trap.CLOSE_INSIDE);
            client.sendQuery("SELECT 77");
            assertThat(client.ended()).isTrue();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void backendClosesWhileATransactionIsIdle(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = proxy.client()) {
            client.query("BEGIN");
            database.server().sessions().forEach(ScriptedServer.Session::close);
            Eventually.await("the lease has ended", () -> proxy.desk.inUse() == 0);
            assertThat(client.query("COMMIT").error()).isEqualTo(2013);
            assertThat(client.query("SELECT 2").value()).isEqualTo("2");
            client.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void unsolicitedBytesToAWarmBackendCostIt(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database, 1, new Options().eventLoops(loops).linger(Duration.ofSeconds(30)));
                RawClient client = proxy.client()) {
            assertThat(client.query("SELECT 1").value()).isEqualTo("1");
            database.server().sessions().get(0).ok(1);
            Eventually.await("the warm backend is discarded", () -> proxy.desk.warm() == 0);
            assertThat(client.query("SELECT 2").value()).isEqualTo("2");
            client.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void unsolicitedBytesToAnIdleTransactionEndIt(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = proxy.client()) {
            client.query("BEGIN");
            database.server().sessions().get(0).ok(1);
            Eventually.await("the lease has ended", () -> proxy.desk.inUse() == 0);
            assertThat(client.query("COMMIT").error()).isEqualTo(2013);
            assertThat(client.query("SELECT 2").value()).isEqualTo("2");
            client.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void warmBackendThatDiedIsReplaced(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database, 1, new Options().eventLoops(loops).linger(Duration.ofSeconds(30)));
                RawClient client = proxy.client()) {
            for (int round = 0; round < 20; round++) {
                assertThat(client.query("SELECT 1").value()).isEqualTo("1");
                database.server().sessions().forEach(ScriptedServer.Session::close);
                RawClient.Answer answer = client.query("SELECT 2");
                // Closed before the command was sent, or behind it: then its outcome is unknown.
                assertThat(answer.error()).isIn(0, BACKEND_LOST);
            }
            client.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void waiterThatVanishesLeavesTheQueue(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient holder = proxy.client()) {
            holder.query("BEGIN");
            List<RawClient> waiters = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                RawClient waiter = proxy.client();
                waiter.sendQuery("SELECT 3");
                waiters.add(waiter);
            }
            Eventually.await("all wait", () -> proxy.desk.waiting() == 10);
            for (RawClient waiter : waiters.subList(0, 9)) {
                waiter.vanish();
            }
            Eventually.await("one waits", () -> proxy.desk.waiting() == 1);
            holder.query("COMMIT");
            assertThat(waiters.get(9).answer().value()).isEqualTo("3");
            waiters.get(9).close();
            holder.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void waiterIsRefusedAtTheQueueTimeoutAndStaysUsable() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().queue(10, Duration.ofMillis(300)));
                RawClient holder = proxy.client();
                RawClient waiter = proxy.client()) {
            holder.query("BEGIN");
            RawClient.Answer refusal = waiter.query("SELECT 3");
            assertThat(refusal.error()).isEqualTo(1040);
            holder.query("COMMIT");
            assertThat(waiter.query("SELECT 4").value()).isEqualTo("4");
            waiter.close();
            holder.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void fullQueueRefusesAtOnce() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().queue(1, Duration.ofSeconds(20)));
                RawClient holder = proxy.client();
                RawClient waiter = proxy.client();
                RawClient refused = proxy.client()) {
            holder.query("BEGIN");
            waiter.sendQuery("SELECT 3");
            Eventually.await("one waits", () -> proxy.desk.waiting() == 1);
            assertThat(refused.query("SELECT 4").error()).isEqualTo(1040);
            holder.query("COMMIT");
            assertThat(waiter.answer().value()).isEqualTo("3");
            assertThat(refused.query("SELECT 4").value()).isEqualTo("4");
            holder.close();
            waiter.close();
            refused.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void largeCommandThatIsRefusedIsReadToItsEndAndAnsweredThen() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().queue(10, Duration.ofMillis(200)));
                RawClient holder = proxy.client();
                RawClient client = proxy.client()) {
            holder.query("BEGIN");
            byte[] large = RawClient.command(3, "SELECT 8 /*" + "x".repeat(3_000_000) + "*/");
            client.raw(java.util.Arrays.copyOf(large, 600_000));
            Eventually.await("the wait is over", () -> !proxy.events.isEmpty());
            client.raw(java.util.Arrays.copyOfRange(large, 600_000, large.length));
            assertThat(client.answer().error()).isEqualTo(1040);
            holder.query("COMMIT");
            assertThat(client.query("SELECT 9").value()).isEqualTo("9");
            client.raw(large);
            assertThat(client.answer().value()).isEqualTo("8");
            client.close();
            holder.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void clientsWaitThroughAnOutageOfTheDatabase() throws Exception {
        try (MockDatabase database = new MockDatabase()) {
            // From the start: the pool makes its first connection unasked.
            database.refusing(true);
            try (LiveProxy proxy = new LiveProxy(database, 2, new Options());
                    RawClient first = proxy.client();
                    RawClient second = proxy.client()) {
                first.sendQuery("SELECT 1");
                second.sendQuery("SELECT 2");
                Eventually.await("both hold a permit", () -> proxy.desk.inUse() == 2);
                Eventually.await(
                        "a connection was refused", () -> database.server().accepted() > 0);
                database.refusing(false);
                assertThat(first.answer().value()).isEqualTo("1");
                assertThat(second.answer().value()).isEqualTo("2");
                first.close();
                second.close();
                proxy.awaitWhole();
            }
        }
    }

    @Test
    void outageLongerThanTheQueueTimeoutIsToldAndCostsNoPermit() throws Exception {
        try (MockDatabase database = new MockDatabase()) {
            // The mock refuses as a database does that has no room.
            database.refusing(true);
            try (LiveProxy proxy = new LiveProxy(database, 2, new Options().queue(10, Duration.ofMillis(500)));
                    RawClient client = proxy.client()) {
                RawClient.Answer answer = client.query("SELECT 1");
                assertThat(answer.error()).isEqualTo(1040);
                assertThat(answer.message()).contains("has no room for another connection (error 1040)");
                database.refusing(false);
                client.close();
                proxy.awaitWhole();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void commandBehindAResetWaitsForItAndSurvivesItsFailure(int loops) throws Exception {
        for (Trap failure : new Trap[] {Trap.CLOSE, Trap.ERROR, Trap.EXTRA, Trap.HANG}) {
            try (MockDatabase database = new MockDatabase();
                    LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                    RawClient client = proxy.client()) {
                client.query("BEGIN");
                database.trap("RESET_CONNECTION", failure);
                byte[] reset = RawClient.command(0x1f, "");
                byte[] select = RawClient.command(3, "SELECT 7");
                byte[] both = java.util.Arrays.copyOf(reset, reset.length + select.length);
                System.arraycopy(select, 0, both, reset.length, select.length);
                client.raw(both);
                assertThat(client.answer().error()).isZero();
                if (failure == Trap.HANG) {
                    database.release();
                }
                assertThat(client.answer().value()).as("behind %s", failure).isEqualTo("7");
                client.close();
                proxy.awaitWhole();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void resetWhileTheLastStatementIsReadBackKeepsTheBackend(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = Held.READING.enter(proxy, database, Trap.HANG)) {
            awaitSprung(database, Held.READING);
            assertThat(client.command(0x1f).error()).isZero();
            client.sendQuery("SELECT 7");
            database.release();
            assertThat(client.answer().value()).isEqualTo("7");
            assertThat(database.server().accepted()).isEqualTo(1);
            client.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void executionWithoutItsParametersCostsNoBackend(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = proxy.client()) {
            client.raw(RawClient.command(0x16, "SELECT ?"));
            byte[] prepared = client.read();
            client.read();
            byte[] execute = new byte[10];
            execute[0] = 0x17;
            System.arraycopy(prepared, 1, execute, 1, 4);
            execute[6] = 1;
            client.raw(ScriptedServer.Session.packet(0, execute));
            assertThat(client.answer().error()).isEqualTo(1835);
            assertThat(client.ended()).isTrue();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x0c, 0x11})
    void commandThatIsTooShortEndsItsConnectionOnly(int code) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options());
                RawClient client = proxy.client()) {
            client.raw(RawClient.command(code, ""));
            assertThat(client.answer().error()).isEqualTo(1835);
            assertThat(client.ended()).isTrue();
            proxy.awaitWhole();
        }
    }
}
