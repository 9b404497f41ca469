package io.connbudget.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestServers;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No statement runs as anybody but the account of its client, and one budget holds for all accounts. */
class ManyAccountsTest {
    private static final int ACCOUNTS = 200;
    private static final int CLIENTS = 2000;
    private static final int BACKENDS = 16;
    private static final int THREADS = 40;
    private static final int ROUNDS = 6;
    private static final int COST_WARM_UP = 10;
    private static final int COST_ROUNDS = 30;
    private static final int COST_TURNS = 50;

    static List<TestServers> servers() {
        return TestServers.named();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void everyAnswerIsOfTheClientsOwnAccount(TestServers server) throws Exception {
        String prefix = "wt_identity_many";
        try (TestAccounts accounts = new TestAccounts(server, prefix, ACCOUNTS);
                LiveProxy proxy = new LiveProxy(
                        accounts.asPool(),
                        BACKENDS,
                        new Options()
                                .eventLoops(2)
                                .queue(10_000, Duration.ofSeconds(60))
                                .login(Duration.ofSeconds(60), 4000)
                                .accounts(accounts.configs()));
                ServerCount count = new ServerCount(accounts, prefix)) {
            Queue<String> wrong = new ConcurrentLinkedQueue<>();
            AtomicInteger answers = new AtomicInteger();
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int thread = t;
                running.add(threads.submit(() -> {
                    new Worker(proxy, accounts, wrong, answers, new Random(thread)).run(thread);
                    return null;
                }));
            }
            for (Future<?> worker : running) {
                worker.get(300, TimeUnit.SECONDS);
            }
            threads.shutdown();

            assertThat(wrong).isEmpty();
            assertThat(answers.get()).isGreaterThan(CLIENTS * ROUNDS * 2);
            // One for the probe and KILL beside them.
            assertThat(count.most()).isBetween(2, BACKENDS + 1);
            System.out.printf(
                    "%s: %d accounts, %d clients, %d answers, at most %d connections as the server counts%n",
                    server, ACCOUNTS, CLIENTS, answers.get(), count.most());
        }
    }

    /** One backend and two clients in turns, so that with two accounts each turn moves it from one to the other. */
    @ParameterizedTest
    @MethodSource("servers")
    void whatASwitchOfAccountCosts(TestServers server) throws Exception {
        try (TestAccounts accounts = new TestAccounts(server, "wt_identity_cost", 2);
                LiveProxy proxy = new LiveProxy(
                        accounts.asPool(),
                        1,
                        new Options().accounts(accounts.configs()).linger(Duration.ofSeconds(30)));
                RawClient first = RawClient.login(proxy.port(), accounts.name(0), accounts.password(0), null);
                RawClient same = RawClient.login(proxy.port(), accounts.name(0), accounts.password(0), null);
                RawClient other = RawClient.login(proxy.port(), accounts.name(1), accounts.password(1), null)) {
            Cost none = new Cost();
            Cost switched = new Cost();
            for (int round = 0; round < COST_ROUNDS; round++) {
                boolean counts = round >= COST_WARM_UP;
                // In the same run and by turns, so that both meet the same machine.
                none.take(counts, first, accounts.name(0), same, accounts.name(0));
                switched.take(counts, first, accounts.name(0), other, accounts.name(1));
            }
            System.out.printf(
                    "%s: a transaction of three statements without a switch %s, with one %s: %.2f times the time, %.2f times the processor%n",
                    server,
                    none,
                    switched,
                    (double) switched.wallNanos / none.wallNanos,
                    (double) switched.cpuNanos / none.cpuNanos);
            assertThat(none.transactions).isEqualTo(switched.transactions);
        }
    }

    /** Time, and processor time of this process: proxy and clients. */
    private static final class Cost {
        private static final OperatingSystemMXBean SYSTEM =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

        private long wallNanos;
        private long cpuNanos;
        private int transactions;

        void take(boolean counts, RawClient a, String nameOfA, RawClient b, String nameOfB) throws Exception {
            long wall = System.nanoTime();
            long cpu = SYSTEM.getProcessCpuTime();
            for (int i = 0; i < COST_TURNS; i++) {
                transaction(a, nameOfA);
                transaction(b, nameOfB);
            }
            if (counts) {
                wallNanos += System.nanoTime() - wall;
                cpuNanos += SYSTEM.getProcessCpuTime() - cpu;
                transactions += 2 * COST_TURNS;
            }
        }

        private static void transaction(RawClient client, String name) throws Exception {
            assertThat(client.query("BEGIN").error()).isZero();
            assertThat(client.query("SELECT CURRENT_USER()").value()).isEqualTo(name + "@%");
            assertThat(client.query("COMMIT").error()).isZero();
        }

        @Override
        public String toString() {
            return wallNanos / 1000 / transactions + " us (" + cpuNanos / 1000 / transactions + " us of processor)";
        }
    }

    /** Some of the clients, in turns: each turn is a random piece of work of one of them. */
    private record Worker(
            LiveProxy proxy, TestAccounts accounts, Queue<String> wrong, AtomicInteger answers, Random random) {
        void run(int thread) throws Exception {
            List<RawClient> clients = new ArrayList<>();
            List<Integer> owners = new ArrayList<>();
            try {
                for (int i = thread; i < CLIENTS; i += THREADS) {
                    int account = random.nextInt(ACCOUNTS);
                    clients.add(
                            RawClient.login(proxy.port(), accounts.name(account), accounts.password(account), null));
                    owners.add(account);
                }
                for (int turn = 0; turn < clients.size() * ROUNDS; turn++) {
                    int i = random.nextInt(clients.size());
                    work(clients.get(i), owners.get(i));
                }
            } finally {
                for (RawClient client : clients) {
                    client.close();
                }
            }
        }

        private void work(RawClient client, int account) throws Exception {
            switch (random.nextInt(6)) {
                case 0 -> {
                    ok(client.query("BEGIN"));
                    isSelf(client, account);
                    ok(client.query("INSERT INTO " + accounts.table(account) + " (who) VALUES (CURRENT_USER())"));
                    isSelf(client, account);
                    ok(client.query(random.nextBoolean() ? "COMMIT" : "ROLLBACK"));
                }
                case 1 -> {
                    ok(client.query("INSERT INTO " + accounts.table(account) + " (who) VALUES (CURRENT_USER())"));
                    String strangers = client.query("SELECT COUNT(*) FROM " + accounts.table(account)
                                    + " WHERE who NOT LIKE '" + accounts.name(account) + "@%'")
                            .value();
                    check(strangers.equals("0"), account + " has rows of others: " + strangers);
                }
                case 2 -> {
                    int other = (account + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
                    int error = client.query("SELECT COUNT(*) FROM " + accounts.table(other))
                            .error();
                    check(error == 1142, account + " reads the table of " + other + ": " + error);
                }
                case 3 -> {
                    ok(client.query("SET @secret = " + account));
                    isSelf(client, account);
                    check(
                            client.query("SELECT @secret").value().equals(String.valueOf(account)),
                            "the variable of another");
                    ok(client.command(0x1f));
                }
                case 4 -> {
                    ok(client.query("CREATE TEMPORARY TABLE " + accounts.table(account) + "_mine (a INT)"));
                    isSelf(client, account);
                    ok(client.query("DROP TEMPORARY TABLE " + accounts.table(account) + "_mine"));
                    ok(client.command(0x1f));
                }
                default -> isSelf(client, account);
            }
        }

        private void isSelf(RawClient client, int account) throws Exception {
            String user = client.query("SELECT CURRENT_USER()").value();
            check(user.equals(accounts.name(account) + "@%"), user + " answered to " + accounts.name(account));
        }

        private void ok(RawClient.Answer answer) {
            check(answer.error() == 0, answer.error() + " " + answer.message());
        }

        private void check(boolean holds, String otherwise) {
            answers.incrementAndGet();
            if (!holds) {
                wrong.add(otherwise);
            }
        }
    }

    /** Asks the server again and again how many connections there are. */
    private static final class ServerCount implements AutoCloseable {
        private final AtomicInteger most = new AtomicInteger();
        private final AtomicBoolean end = new AtomicBoolean();
        private final Thread thread;

        ServerCount(TestAccounts accounts, String prefix) {
            thread = new Thread(() -> {
                try (Connection admin = accounts.admin();
                        Statement sql = admin.createStatement()) {
                    while (!end.get()) {
                        most.accumulateAndGet(TestAccounts.connections(sql, prefix), Math::max);
                        TimeUnit.MILLISECONDS.sleep(5);
                    }
                } catch (Exception e) {
                    most.set(Integer.MAX_VALUE);
                }
            });
            thread.start();
        }

        int most() {
            return most.get();
        }

        @Override
        public void close() throws InterruptedException {
            end.set(true);
            thread.join();
        }
    }
}
