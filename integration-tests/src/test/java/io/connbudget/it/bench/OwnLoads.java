package io.connbudget.it.bench;

import io.connbudget.it.Target;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Loads that sysbench has not: each runs its clients on one event loop. */
final class OwnLoads {
    private static final int LIMIT_SECONDS = 120;
    /** Ephemeral ports of one source address are fewer than the clients. */
    private static final int CLIENTS_PER_ADDRESS = 10_000;

    private static final int LOGINS_AT_ONCE = 64;

    private final EventLoopGroup group;
    private final Target account;
    /** By contender the least that it was resident without clients. */
    private final Map<String, Double> emptyBytes = new HashMap<>();

    /** @param group of one event loop */
    OwnLoads(EventLoopGroup group, Target account) {
        this.group = group;
        this.account = account;
    }

    /** Clients that send the same query again and again for the given time; fields are used on the event loop only. */
    private final class Loop implements LoadClient.Listener {
        private final String sql;
        private final boolean reconnect;
        private final Contender to;
        private final CountDownLatch over;
        private final Latencies latencies = new Latencies();
        private final ConcurrentLinkedQueue<LoadClient> clients = new ConcurrentLinkedQueue<>();
        private final CountDownLatch ready;
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private volatile boolean running;
        private volatile boolean ending;

        Loop(Contender to, int count, String sql, boolean reconnect) {
            this.to = to;
            this.sql = sql;
            this.reconnect = reconnect;
            this.ready = new CountDownLatch(count);
            this.over = new CountDownLatch(count);
        }

        @Override
        public void ready(LoadClient client) {
            if (reconnect) {
                client.query(sql);
            } else {
                clients.add(client);
                ready.countDown();
            }
        }

        @Override
        public void answered(LoadClient client) {
            if (running) {
                latencies.add((System.nanoTime() - client.sinceNanos) / 1e6);
            }
            if (reconnect) {
                client.close();
            } else if (!ending) {
                client.query(sql);
            } else {
                client.close();
            }
        }

        @Override
        public void ended(LoadClient client, String reason) {
            if (!reason.equals("connection closed")) {
                failures.add(reason);
            }
            ready.countDown();
            if (reconnect && !ending) {
                LoadClient.connect(group, to, account, null, this);
            } else {
                over.countDown();
            }
        }
    }

    /** Queries a second, CPU and latencies of {@code count} clients; null where the contender did not stand it. */
    @Nullable Map<String, Double> queries(Contender to, int count, String sql, int seconds)
            throws IOException, InterruptedException {
        Loop loop = new Loop(to, count, sql, false);
        for (int i = 0; i < count; i++) {
            LoadClient.connect(group, to, account, null, loop);
            if (i % LOGINS_AT_ONCE == LOGINS_AT_ONCE - 1) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        await(loop.ready, to);
        group.next().execute(() -> loop.clients.forEach(client -> client.query(sql)));
        // Until each client has been served once the queue is not what it will be.
        TimeUnit.MILLISECONDS.sleep(Math.max(500, seconds * 250L));
        loop.clients.forEach(client -> client.answers = 0);
        Map<String, Double> figures = measure(loop, to, seconds);
        if (figures != null && count > 1) {
            figures.put("jain", jain(loop.clients));
        }
        return figures;
    }

    /** Connections a second with one query each, {@code count} at once. */
    @Nullable Map<String, Double> connects(Contender to, int count, int seconds) throws IOException, InterruptedException {
        Loop loop = new Loop(to, count, "SELECT 1", true);
        for (int i = 0; i < count; i++) {
            LoadClient.connect(group, to, account, null, loop);
        }
        TimeUnit.MILLISECONDS.sleep(500);
        return measure(loop, to, seconds);
    }

    private @Nullable Map<String, Double> measure(Loop loop, Contender to, int seconds)
            throws IOException, InterruptedException {
        double cpu = to.cpuMicros();
        double bytes = bytes(loop);
        long start = System.nanoTime();
        loop.running = true;
        TimeUnit.SECONDS.sleep(seconds);
        loop.running = false;
        double took = (System.nanoTime() - start) / 1e9;
        cpu = to.cpuMicros() - cpu;
        bytes = bytes(loop) - bytes;
        loop.ending = true;
        await(loop.over, to);
        if (loop.latencies.count() == 0 || !loop.failures.isEmpty()) {
            System.err.println(to.name() + ": " + loop.failures.size() + " clients failed, the first with: "
                    + loop.failures.peek());
            return null;
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("qps", loop.latencies.count() / took);
        loop.latencies.putInto(figures);
        if (to.pid() != 0) {
            figures.put("cpu_us", cpu / loop.latencies.count());
            figures.put("rss_mb", to.residentBytes() / 1e6);
        }
        if (bytes / loop.latencies.count() > 10_000) {
            figures.put("mb_s", bytes / 1e6 / took);
            if (to.pid() != 0) {
                figures.put("cpu_us_per_mb", cpu / (bytes / 1e6));
            }
        }
        return figures;
    }

    private double bytes(Loop loop) throws InterruptedException {
        return group.next()
                .submit(() ->
                        loop.clients.stream().mapToLong(client -> client.bytes).sum())
                .sync()
                .getNow();
    }

    private static void await(CountDownLatch latch, Contender to) throws InterruptedException {
        if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            System.err.println(to.name() + ": " + latch.getCount() + " clients did not get on");
        }
    }

    /** Jain's fairness index over the answers that each client got: 1 when all got the same. */
    private static double jain(Iterable<LoadClient> clients) {
        double sum = 0;
        double squares = 0;
        int n = 0;
        for (LoadClient client : clients) {
            sum += client.answers;
            squares += (double) client.answers * client.answers;
            n++;
        }
        return squares == 0 ? 0 : sum * sum / (n * squares);
    }

    /** Memory for each of {@code count} clients that are logged in and silent, and which share of them still answers. */
    @Nullable Map<String, Double> idle(Contender to, int count) throws IOException, InterruptedException {
        collect(to);
        // Memory that earlier clients left behind is of clients, too.
        double before = Math.min(to.residentBytes(), emptyBytes.getOrDefault(to.name(), Double.MAX_VALUE));
        emptyBytes.put(to.name(), before);
        Semaphore logins = new Semaphore(LOGINS_AT_ONCE);
        ConcurrentLinkedQueue<LoadClient> clients = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        CountDownLatch answers = new CountDownLatch(count);
        LoadClient.Listener listener = new LoadClient.Listener() {
            @Override
            public void ready(LoadClient client) {
                clients.add(client);
                logins.release();
            }

            @Override
            public void answered(LoadClient client) {
                answers.countDown();
            }

            @Override
            public void ended(LoadClient client, String reason) {
                failures.add(reason);
                logins.release();
            }
        };
        for (int i = 0; i < count && failures.isEmpty(); i++) {
            if (!logins.tryAcquire(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                failures.add("no login within " + LIMIT_SECONDS + " s");
                break;
            }
            SocketAddress from = new InetSocketAddress("127.0.1." + (1 + i / CLIENTS_PER_ADDRESS), 0);
            LoadClient.connect(group, to, account, from, listener);
        }
        if (!logins.tryAcquire(LOGINS_AT_ONCE, LIMIT_SECONDS, TimeUnit.SECONDS)) {
            failures.add("logins did not end within " + LIMIT_SECONDS + " s");
        }
        Map<String, Double> figures = null;
        if (failures.isEmpty()) {
            figures = new LinkedHashMap<>();
            figures.put("kib_each_before_gc", (to.residentBytes() - before) / 1024 / count);
            collect(to);
            figures.put("kib_each", (to.residentBytes() - before) / 1024 / count);
            long start = System.nanoTime();
            group.next().execute(() -> clients.forEach(client -> client.query("SELECT 1")));
            await(answers, to);
            figures.put("answered", 1 - (double) answers.getCount() / count);
            figures.put("all_answered_ms", (System.nanoTime() - start) / 1e6);
        } else {
            System.err.println(to.name() + " does not hold " + count + " clients: " + failures.peek());
        }
        clients.forEach(LoadClient::close);
        TimeUnit.SECONDS.sleep(1);
        return figures;
    }

    /** A full collection, where the process is a JVM. */
    private static void collect(Contender to) throws IOException, InterruptedException {
        new ProcessBuilder("jcmd", String.valueOf(to.pid()), "GC.run")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /**
     * Waits of an ideal FIFO queue, its own time included: {@code clients} that ask again at once, {@code servers}, and
     * service times drawn from those measured without a queue.
     */
    static Map<String, Double> idealFifo(double[] serviceMillis, int clients, int servers, int answers) {
        Random random = new Random(1);
        PriorityQueue<Double> free = new PriorityQueue<>();
        for (int i = 0; i < servers; i++) {
            free.add(0.0);
        }
        // First come, first served: the next to be served is the one whose last answer is oldest.
        PriorityQueue<Double> asked = new PriorityQueue<>();
        for (int i = 0; i < clients; i++) {
            asked.add(0.0);
        }
        Latencies latencies = new Latencies();
        for (int i = 0; i < answers + clients; i++) {
            double since = asked.remove();
            double start = Math.max(since, free.remove());
            double end = start + serviceMillis[random.nextInt(serviceMillis.length)];
            free.add(end);
            asked.add(end);
            if (i >= clients) {
                latencies.add(end - since);
            }
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        latencies.putInto(figures);
        return figures;
    }

    /** Service times of a query on {@code count} connections of the server's own, in milliseconds. */
    double[] serviceTimes(Contender server, int count, String sql, int seconds)
            throws IOException, InterruptedException {
        Loop loop = new Loop(server, count, sql, false);
        for (int i = 0; i < count; i++) {
            LoadClient.connect(group, server, account, null, loop);
        }
        await(loop.ready, server);
        group.next().execute(() -> loop.clients.forEach(client -> client.query(sql)));
        measure(loop, server, seconds);
        return loop.latencies.values();
    }
}
