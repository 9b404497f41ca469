package io.connbudget.it.bench;

import io.connbudget.it.DatabaseServer;
import io.connbudget.it.DatabaseServers;
import io.connbudget.it.Target;
import io.connbudget.it.TestDatabase;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
    private static final int CONNECTS_AT_ONCE = 32;
    private static final int SCARCE_CLIENTS = 1600;
    private static final int SCARCE_BACKENDS = 16;
    private static final String SCARCE = "scarce/" + SCARCE_CLIENTS + "_on_" + SCARCE_BACKENDS;
    private static final String SCARCE_QUERY = "SELECT SLEEP(0.01)";
    private static final List<Integer> ROWS = List.of(1, 10, 100, 1000, 10_000);
    private static final int ROW_CLIENTS = 4;
    private static final List<Integer> BACKENDS = List.of(4, 8, 16, 32, 64);
    private static final int BACKENDS_THREADS = 64;
    private static final String MB_100 = "SELECT REPEAT('x', 1000) FROM sbtest1 a, (SELECT 1 FROM sbtest2 LIMIT 10) b";
    /** Open files of this process and of the proxy that are no clients. */
    private static final int SPARE_FILES = 500;

    private static final Path DOCS = Path.of("../docs/performance");
    /** What is left to others of the server's connections. */
    private static final int SPARE_CONNECTIONS = 20;

    private final Options options;
    private final Target server;
    private final Contender direct;
    private final Programs programs;
    private final OwnLoads loads;
    private final Sysbench sysbench;
    private final Results results;
    private final List<Contender> contenders = new ArrayList<>();
    private int serverConnections;

    private Benchmark(
            Options options, Target server, Programs programs, EventLoopGroup group, Map<String, String> about) {
        this.results = new Results(about);
        this.options = options;
        this.server = server;
        this.programs = programs;
        this.direct = new Contender(Results.DIRECT, server.host(), server.port(), 0, false, false);
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
        if (options.help) {
            System.out.println(Options.HELP);
            System.exit(0);
        }
        Files.createDirectories(options.out);
        Results results = options.from.isEmpty() ? measured(options, arguments) : Results.read(options.from);
        results.print(System.out);
        results.write(options.out.resolve("results.json"));
        new Plots(results).write(options.out);
        System.out.println("\nresults.json and plots: " + options.out.toAbsolutePath());
        if (options.docs) {
            new Report(results).write(DOCS);
            System.out.println("documented in " + DOCS.toAbsolutePath().normalize());
        }
        System.exit(0);
    }

    private static Results measured(Options options, String[] arguments) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (DatabaseServers servers = DatabaseServers.find()) {
            DatabaseServer server = servers.all().get(0);
            try (TestDatabase database = TestDatabase.named(server, "bench", "bench");
                    Programs programs = new Programs(options, Target.direct(database))) {
                Map<String, String> about = About.thisRun(server, arguments);
                return new Benchmark(options, Target.direct(database), programs, group, about).run(server);
            }
        } finally {
            group.shutdownGracefully();
        }
    }

    private Results run(DatabaseServer database) throws Exception {
        int before = raiseConnections(database, neededConnections());
        try {
            serverConnections = freeConnections(database);
            return runAll(database);
        } finally {
            setConnections(database, before);
        }
    }

    private static void setConnections(DatabaseServer database, int wanted) throws SQLException {
        try (Connection administrator = database.administrator();
                Statement statement = administrator.createStatement()) {
            statement.execute("SET GLOBAL max_connections = " + wanted);
        }
    }

    /** What the direct connection and HAProxy need for the most threads, beside the proxies' own connections. */
    private int neededConnections() {
        int most = options.threads.stream().mapToInt(threads -> threads).max().orElse(0);
        return most
                + (4 + options.with.size() + options.also.size()) * options.backends
                + SCARCE_BACKENDS
                + BACKENDS.stream().mapToInt(number -> number).sum()
                + SPARE_CONNECTIONS;
    }

    /** Raises the server's max_connections where it is less than this; returns what it was. */
    private static int raiseConnections(DatabaseServer database, int wanted) throws SQLException {
        try (Connection administrator = database.administrator();
                Statement statement = administrator.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@max_connections")) {
            row.next();
            int before = row.getInt(1);
            if (before < wanted) {
                statement.execute("SET GLOBAL max_connections = " + wanted);
            }
            return before;
        }
    }

    private Results runAll(DatabaseServer database) throws Exception {
        try (Connection login = server.connect("sslMode=DISABLED")) {
            // From here on the server has the password in its cache.
            login.createStatement().execute("SELECT 1");
        }
        sysbench.prepare(direct);
        contenders.add(direct);
        contenders.add(programs.proxy("connbudget", options.backends));
        for (Map.Entry<String, List<String>> build : options.also.entrySet()) {
            contenders.add(programs.build(build.getKey(), options.backends, build.getValue()));
        }
        if (options.observation) {
            contenders.add(programs.observedProxy("observed", options.backends));
            contenders.add(programs.observedProxy("unobserved", options.backends, "unobserved"));
        }
        if (Programs.installed("haproxy")) {
            contenders.add(programs.haproxy());
        }
        for (Options.Peer peer : options.peers) {
            long pid = Long.parseLong(Files.readString(peer.pidFile()).strip());
            contenders.add(new Contender(peer.name(), peer.host(), peer.port(), pid, false, true));
        }
        for (String name : options.with) {
            try {
                contenders.add(new Peers(programs, server, options).start(name));
            } catch (IOException e) {
                System.err.println("without " + name + ": " + e.getMessage());
            }
        }
        Contender scarce = wanted(SCARCE) ? programs.proxy("scarce", SCARCE_BACKENDS) : direct;
        warmUp();
        for (int round = 1; round <= options.rounds; round++) {
            System.err.println("round " + round + " of " + options.rounds);
            round(scarce);
            // What there is survives an end before the end.
            results.write(options.out.resolve("results.json"));
        }
        backends();
        idle();
        return results;
    }

    /** Gives a just-in-time compiler its time, and the server's caches, for what is measured. */
    private void warmUp() throws IOException, InterruptedException {
        for (Contender contender : contenders) {
            for (String test : TESTS) {
                for (boolean prepared : new boolean[] {false, true}) {
                    if (options.threads.stream().anyMatch(threads -> wanted(sysbenchCase(test, prepared, threads)))) {
                        sysbench.measure(contender, test, prepared, WARM_UP_THREADS, options.warmUp);
                    }
                }
            }
            if (wanted("connect_query_close")) {
                loads.connects(contender, CONNECTS_AT_ONCE, options.warmUp);
            }
            if (wanted(rowsCase(1000))) {
                loads.queries(contender, 1, rows(1000), options.warmUp);
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
        for (int rows : ROWS) {
            each(
                    rowsCase(rows),
                    ROW_CLIENTS,
                    contender -> loads.queries(contender, ROW_CLIENTS, rows(rows), options.seconds));
        }
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

    private static String rowsCase(int rows) {
        return "rows/" + rows;
    }

    private static String rows(int rows) {
        return "SELECT c FROM sbtest1 WHERE id BETWEEN 1 AND " + rows;
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
        results.add(name, contender, figures == null ? Map.of() : figures);
    }

    /** Many clients on few backends, and what a queue without any cost of its own would give them. */
    private void scarce(Contender scarce) throws IOException, InterruptedException {
        if (!wanted(SCARCE)) {
            return;
        }
        double[] services = loads.serviceTimes(direct, SCARCE_BACKENDS, SCARCE_QUERY, options.seconds);
        int seconds = Math.max(4, 2 * options.seconds);
        Map<String, Double> figures = loads.queries(scarce, SCARCE_CLIENTS, SCARCE_QUERY, seconds);
        keep(SCARCE, "connbudget", figures);
        if (figures != null) {
            int answers = (int) (figures.get("qps") * seconds);
            keep(SCARCE, "ideal FIFO", OwnLoads.idealFifo(services, SCARCE_CLIENTS, SCARCE_BACKENDS, answers));
        }
    }

    /** The proxy with fewer and more backends under the same load. */
    private void backends() throws IOException, InterruptedException {
        String test = TESTS.get(0);
        Map<Integer, Contender> sized = new LinkedHashMap<>();
        for (int backends : BACKENDS) {
            if (wanted("backends/" + backends)) {
                Contender contender = programs.proxy("backends-" + backends, backends);
                sysbench.measure(contender, test, false, WARM_UP_THREADS, options.warmUp);
                sized.put(backends, contender);
            }
        }
        for (int round = 0; round < options.rounds; round++) {
            for (Map.Entry<Integer, Contender> entry : sized.entrySet()) {
                keep(
                        "backends/" + entry.getKey(),
                        "connbudget",
                        sysbench.measure(entry.getValue(), test, false, BACKENDS_THREADS, options.seconds));
            }
        }
    }

    private void idle() throws IOException, InterruptedException {
        long openFiles = Contender.openFiles();
        for (int clients : options.idle) {
            if (wanted("idle/" + clients) && clients > openFiles - SPARE_FILES) {
                System.err.println("idle/" + clients + " is left out: ulimit -n is " + openFiles);
            } else if (wanted("idle/" + clients)) {
                for (Contender contender : contenders) {
                    if (contender.pooled()) {
                        // Memory that a load before has made resident would be taken for none.
                        boolean own = contender.name().equals("connbudget");
                        Contender fresh = own ? programs.proxy("idle-" + clients, options.backends) : contender;
                        keep("idle/" + clients, contender.name(), loads.idle(fresh, clients));
                    }
                }
            }
        }
    }
}
