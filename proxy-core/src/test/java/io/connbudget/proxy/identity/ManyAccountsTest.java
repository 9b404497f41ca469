package io.connbudget.proxy.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestServers;
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

    static List<TestServers> servers() {
        return TestServers.all();
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
