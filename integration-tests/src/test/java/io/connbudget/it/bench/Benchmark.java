package io.connbudget.it.bench;

import io.connbudget.it.DatabaseServer;
import io.connbudget.it.DatabaseServers;
import io.connbudget.it.Target;
import io.connbudget.it.TestDatabase;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures the proxy beside the server itself and beside other proxies: in each round every case is run by each contender
 * in turn, the direct connection first, so that what else the machine does falls on all of them. See {@link Options}.
 */
public final class Benchmark {
    private static final List<String> TESTS = List.of("oltp_point_select", "oltp_read_only", "oltp_read_write");
    private static final int WARM_UP_THREADS = 16;
    private static final int WARM_UP_SECONDS = 15;
    private static final int CONNECTS_AT_ONCE = 32;
    private static final int SCARCE_CLIENTS = 1600;
    private static final int SCARCE_BACKENDS = 16;
    private static final String SCARCE_QUERY = "SELECT SLEEP(0.01)";
    private static final String ROWS_1000 = "SELECT c FROM sbtest1 WHERE id BETWEEN 1 AND 1000";
    private static final String MB_100 = "SELECT REPEAT('x', 1000) FROM sbtest1 a, (SELECT 1 FROM sbtest2 LIMIT 10) b";
    /** What is left to others of the server's connections. */
    private static final int SPARE_CONNECTIONS = 20;

    private final Options options;
    private final Target server;
    private final Contender direct;
    private final Programs programs;
    private final OwnLoads loads;
    private final Sysbench sysbench;
    private final Results results = new Results();
    private final List<Contender> contenders = new ArrayList<>();
    private int serverConnections;

    private Benchmark(Options options, Target server, Programs programs, EventLoopGroup group) {
        this.options = options;
        this.server = server;
        this.programs = programs;
        this.direct = new Contender("direct", server.host(), server.port(), 0, false);
        this.loads = new OwnLoads(group, server);
        this.sysbench = new Sysbench(server);
    }

    /** Runs what the options ask for; without a proper option prints what there is. */
    public static void main(String[] arguments) throws Exception {
        Options options;
        try {
            options = Options.of(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + Options.HELP);
            System.exit(2);
            return;
        }
        Files.createDirectories(options.out);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (DatabaseServers servers = DatabaseServers.find()) {
            DatabaseServer server = servers.all().get(0);
            try (TestDatabase database = TestDatabase.named(server, "bench", "bench");
                    Programs programs = new Programs(options, Target.direct(database))) {
                new Benchmark(options, Target.direct(database), programs, group).run(server);
            }
        } finally {
            group.shutdownGracefully();
        }
        System.exit(0);
    }

    private void run(DatabaseServer database) throws Exception {
        serverConnections = freeConnections(database);
        try (Connection login = server.connect("sslMode=DISABLED")) {
            // From here on the server has the password in its cache.
            login.createStatement().execute("SELECT 1");
        }
        sysbench.prepare(direct);
        contenders.add(direct);
        contenders.add(programs.proxy("connbudget", options.backends));
        if (options.observation) {
            contenders.add(programs.observedProxy("observed", options.backends));
            contenders.add(programs.observedProxy("unobserved", options.backends, "unobserved"));
        }
        if (Programs.installed("haproxy")) {
            contenders.add(programs.haproxy());
        }
        for (Options.Peer peer : options.peers) {
            long pid = Long.parseLong(Files.readString(peer.pidFile()).strip());
            contenders.add(new Contender(peer.name(), peer.host(), peer.port(), pid, true));
        }
        Contender scarce = programs.proxy("scarce", SCARCE_BACKENDS);
        warmUp();
        for (int round = 1; round <= options.rounds; round++) {
            System.err.println("round " + round + " of " + options.rounds);
            round(scarce);
        }
        idle();
        results.print(System.out);
        results.write(options.out.resolve("results.json"));
        plots();
        System.out.println("\nresults.json and plots: " + options.out.toAbsolutePath());
    }

    /** Gives a just-in-time compiler its time, and the server's caches, for what is measured. */
    private void warmUp() throws IOException, InterruptedException {
        for (Contender contender : contenders) {
            for (String test : TESTS) {
                for (boolean prepared : new boolean[] {false, true}) {
                    if (options.threads.stream().anyMatch(threads -> wanted(sysbenchCase(test, prepared, threads)))) {
                        sysbench.measure(contender, test, prepared, WARM_UP_THREADS, WARM_UP_SECONDS);
                    }
                }
            }
            if (wanted("connect_query_close")) {
                loads.connects(contender, CONNECTS_AT_ONCE, WARM_UP_SECONDS);
            }
            if (wanted("rows_1000")) {
                loads.queries(contender, 1, ROWS_1000, WARM_UP_SECONDS);
            }
        }
    }

    /** How many connections the server has for this benchmark. */
    private static int freeConnections(DatabaseServer database) throws SQLException {
        try (Connection administrator = database.administrator();
                ResultSet row = administrator
                        .createStatement()
                        .executeQuery("SELECT @@max_connections, COUNT(*) FROM information_schema.processlist")) {
            row.next();
            return row.getInt(1) - row.getInt(2) - SPARE_CONNECTIONS;
        }
    }

    private interface Load {
        @Nullable Map<String, Double> run(Contender contender) throws IOException, InterruptedException;
    }

    private void round(Contender scarce) throws IOException, InterruptedException {
        for (String test : TESTS) {
            for (boolean prepared : new boolean[] {false, true}) {
                for (int threads : options.threads) {
                    each(
                            sysbenchCase(test, prepared, threads),
                            threads,
                            contender -> sysbench.measure(contender, test, prepared, threads, options.seconds));
                }
            }
        }
        each("rows_1000", 4, contender -> loads.queries(contender, 4, ROWS_1000, options.seconds));
        each("mb_100", 1, contender -> loads.queries(contender, 1, MB_100, 4 * options.seconds));
        each(
                "connect_query_close",
                CONNECTS_AT_ONCE,
                contender -> loads.connects(contender, CONNECTS_AT_ONCE, options.seconds));
        scarce(scarce);
        if (wanted("start")) {
            results.add("start_to_first_answer", "connbudget", Map.of("ms", programs.startMillis()));
        }
    }

    private static String sysbenchCase(String test, boolean prepared, int threads) {
        return test + (prepared ? "/prepared/" : "/text/") + threads;
    }

    private boolean wanted(String name) {
        return options.only.matcher(name).find();
    }

    /** Runs a case by each contender that the server has connections for. */
    private void each(String name, int clients, Load load) throws IOException, InterruptedException {
        if (!wanted(name)) {
            return;
        }
        for (Contender contender : contenders) {
            if (!contender.pooled() && clients > serverConnections - 2 * (options.backends + 1)) {
                System.err.println(name + ": the server has too few connections for " + contender.name());
                continue;
            }
            keep(name, contender.name(), load.run(contender));
        }
    }

    private void keep(String name, String contender, @Nullable Map<String, Double> figures) {
        if (figures != null) {
            results.add(name, contender, figures);
        }
    }

    /** Many clients on few backends, and what a queue without any cost of its own would give them. */
    private void scarce(Contender scarce) throws IOException, InterruptedException {
        String name = "scarce/" + SCARCE_CLIENTS + "_on_" + SCARCE_BACKENDS;
        if (!wanted(name)) {
            return;
        }
        double[] services = loads.serviceTimes(direct, SCARCE_BACKENDS, SCARCE_QUERY, options.seconds);
        int seconds = Math.max(4, 2 * options.seconds);
        Map<String, Double> figures = loads.queries(scarce, SCARCE_CLIENTS, SCARCE_QUERY, seconds);
        keep(name, "connbudget", figures);
        if (figures != null) {
            int answers = (int) (figures.get("qps") * seconds);
            keep(name, "ideal FIFO", OwnLoads.idealFifo(services, SCARCE_CLIENTS, SCARCE_BACKENDS, answers));
        }
    }

    private void idle() throws IOException, InterruptedException {
        for (int clients : options.idle) {
            if (wanted("idle/" + clients)) {
                for (Contender contender : contenders) {
                    if (contender.pooled()) {
                        keep("idle/" + clients, contender.name(), loads.idle(contender, clients));
                    }
                }
            }
        }
    }

    private void plots() throws IOException {
        for (String test : TESTS) {
            for (boolean prepared : new boolean[] {false, true}) {
                plot(test, prepared, "qps", "queries a second");
                plot(test, prepared, "cpu_us", "CPU of the proxy, microseconds a query");
                plot(test, prepared, "p99_ms", "p99, milliseconds");
            }
        }
    }

    private void plot(String test, boolean prepared, String figure, String meaning) throws IOException {
        Map<String, double[]> lines = new LinkedHashMap<>();
        for (String contender : results.contenders()) {
            double[] values = options.threads.stream()
                    .mapToDouble(threads -> results.median(sysbenchCase(test, prepared, threads), contender, figure))
                    .toArray();
            if (java.util.Arrays.stream(values).anyMatch(value -> !Double.isNaN(value))) {
                lines.put(contender, values);
            }
        }
        if (lines.isEmpty()) {
            return;
        }
        String mode = prepared ? "prepared" : "text";
        List<String> steps = options.threads.stream().map(String::valueOf).toList();
        Files.writeString(
                options.out.resolve(test + "-" + mode + "-" + figure + ".svg"),
                Plot.lines(test + ", " + mode + ": " + meaning + ", by threads", steps, lines),
                StandardCharsets.UTF_8);
    }
}
