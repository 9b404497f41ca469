package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestServers;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that come, run transactions and vanish at any moment, on backends that die: nothing is lost of the budget. */
class StressTest {
    private static final int BUDGET = 8;
    private static final int THREADS = 24;
    private static final int ANSWERS_BETWEEN_DEATHS = 20;

    /** One thread's clients, one after the other. What it learns of wrong answers goes to {@code wrong}. */
    private static final class Visitors implements Runnable {
        private final LiveProxy proxy;
        private final Random random;
        private final int visits;
        private final ConcurrentLinkedQueue<String> wrong;
        private final AtomicInteger answered;
        private final ConcurrentLinkedQueue<Long> ids;

        Visitors(
                LiveProxy proxy,
                long seed,
                int visits,
                ConcurrentLinkedQueue<String> wrong,
                AtomicInteger answered,
                ConcurrentLinkedQueue<Long> ids) {
            this.proxy = proxy;
            this.random = new Random(seed);
            this.visits = visits;
            this.wrong = wrong;
            this.answered = answered;
            this.ids = ids;
        }

        @Override
        public void run() {
            for (int i = 0; i < visits; i++) {
                try {
                    visit();
                } catch (EOFException | SocketException e) {
                    // Its backend died inside a transaction or an answer, or it was killed.
                } catch (IOException | RuntimeException | AssertionError e) {
                    wrong.add(String.valueOf(e));
                }
            }
        }

        private void visit() throws IOException {
            try (RawClient client = proxy.client()) {
                ids.add(client.greeting().connectionId());
                int statements = random.nextInt(8);
                boolean transaction = random.nextInt(3) == 0;
                if (transaction) {
                    check(client.query("BEGIN"), null);
                }
                for (int i = 0; i < statements; i++) {
                    int number = random.nextInt(1_000_000);
                    int dice = random.nextInt(60);
                    client.sendQuery("SELECT " + number);
                    if (dice == 0) {
                        client.vanish();
                        return;
                    }
                    check(client.answer(), String.valueOf(number));
                    if (dice == 1) {
                        client.command(0x1f);
                    } else if (dice == 2) {
                        Long victim = ids.poll();
                        if (victim != null) {
                            client.query("KILL " + victim);
                        }
                    } else if (dice == 3) {
                        check(client.query("SET @a=1"), null);
                    }
                }
                if (random.nextInt(10) == 0) {
                    client.vanish();
                    return;
                }
                if (transaction && random.nextBoolean()) {
                    check(client.query("COMMIT"), null);
                }
            }
        }

        private void check(RawClient.Answer answer, String value) {
            if (answer.error() != 0) {
                if (answer.error() != 2013) {
                    wrong.add(answer.error() + " " + answer.message());
                }
            } else if (value != null && !answer.value().equals(value)) {
                wrong.add("got " + answer.value() + ", asked for " + value);
            } else {
                answered.incrementAndGet();
            }
        }
    }

    private static ConcurrentLinkedQueue<String> run(
            LiveProxy proxy, int visits, AtomicInteger answered, Runnable meanwhile) throws InterruptedException {
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Long> ids = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(new Visitors(proxy, 7 + i, visits, wrong, answered, ids));
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                meanwhile.run();
                thread.join(5);
            }
        }
        return wrong;
    }

    @ParameterizedTest
    @CsvSource({"1, false", "2, false", "2, true"})
    void noPermitAndNoBackendIsLostWhileBackendsDie(int loops, boolean eager) throws Exception {
        Options options = new Options().eventLoops(loops).linger(Duration.ofMillis(30));
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, BUDGET, eager ? options.eager() : options)) {
            Random random = new Random(1);
            AtomicInteger answered = new AtomicInteger();
            AtomicInteger next = new AtomicInteger();
            ConcurrentLinkedQueue<String> wrong = run(proxy, 15, answered, () -> {
                // By what was answered, not by the clock: a slow machine must not have more deaths than answers.
                if (answered.get() < next.get()) {
                    return;
                }
                next.set(answered.get() + ANSWERS_BETWEEN_DEATHS);
                database.kill(random);
                if (random.nextInt(4) == 0) {
                    database.trap("SELECT", MockDatabase.Trap.EXTRA);
                } else if (random.nextInt(4) == 0) {
                    database.trap("RESET_CONNECTION", MockDatabase.Trap.CLOSE);
                }
            });
            assertThat(wrong).isEmpty();
            assertThat(answered.get()).isGreaterThan(1000);
            database.clearTraps();
            proxy.awaitWhole();
            assertThat(database.server().peak()).isLessThanOrEqualTo(BUDGET + 1);
        }
    }

    @Test
    void serverNeverCountsMoreThanTheBudget() throws Exception {
        TestServers server = TestServers.mysql();
        String url =
                "jdbc:mysql://" + server.host() + ":" + server.port() + "/?allowPublicKeyRetrieval=true&useSSL=false";
        String account = "wt_relay_stress";
        try (Connection admin = DriverManager.getConnection(url, server.user(), server.password());
                Statement sql = admin.createStatement()) {
            sql.execute("DROP USER IF EXISTS " + account);
            sql.execute("CREATE USER " + account + " IDENTIFIED BY 'stress'");
            sql.execute("GRANT CONNECTION_ADMIN ON *.* TO " + account);
            TestServers own =
                    new TestServers(server.name(), server.host(), server.port(), account, "stress", server.ca());
            try (LiveProxy proxy =
                    new LiveProxy(own, BUDGET, new Options().eventLoops(2).linger(Duration.ofMillis(30)))) {
                AtomicInteger peak = new AtomicInteger();
                AtomicInteger samples = new AtomicInteger();
                AtomicBoolean end = new AtomicBoolean();
                Thread sampler = new Thread(() -> sample(sql, account, peak, samples, end));
                sampler.setDaemon(true);
                sampler.start();
                AtomicInteger answered = new AtomicInteger();
                ConcurrentLinkedQueue<String> wrong = run(proxy, 15, answered, () -> {});
                end.set(true);
                sampler.join();
                assertThat(wrong).isEmpty();
                assertThat(answered.get()).isGreaterThan(1000);
                assertThat(samples.get()).isGreaterThan(20);
                assertThat(peak.get()).isBetween(2, BUDGET + 1);
                proxy.awaitWhole();
            } finally {
                sql.execute("DROP USER " + account);
            }
        }
    }

    /** Counts as the server does, and kills a backend now and then. */
    private static void sample(
            Statement sql, String account, AtomicInteger peak, AtomicInteger samples, AtomicBoolean end) {
        Random random = new Random(3);
        try {
            while (!end.get()) {
                List<Long> ids = new ArrayList<>();
                try (ResultSet rows = sql.executeQuery(
                        "SELECT id FROM information_schema.processlist WHERE user='" + account + "'")) {
                    while (rows.next()) {
                        ids.add(rows.getLong(1));
                    }
                }
                peak.accumulateAndGet(ids.size(), Math::max);
                // Of a full pool only: a server that kills faster than HikariCP connects leaves nothing to test.
                if (samples.incrementAndGet() % 20 == 0 && ids.size() >= BUDGET) {
                    try {
                        sql.execute("KILL " + ids.get(random.nextInt(ids.size())));
                    } catch (java.sql.SQLException e) {
                        // Gone already.
                    }
                }
            }
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
