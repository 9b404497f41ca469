package io.connbudget.it.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the command line asks for. */
final class Options {
    static final String HELP = """
            bench/run [options]
              --help              prints this
              --quick             one round of one second, few cases
              --observation       also the proxy without classifier and session tracking, and its like with both
              --rounds N          rounds, in each of which every contender has its turn (5)
              --seconds N         length of one measurement (5)
              --warm-up N         seconds of each load by each contender before the first round (15)
              --threads A,B,...   sysbench threads (1,16,64,256,1024)
              --backends N        connections that the proxy may use (32)
              --idle A,B,...      idle clients (1000,12800,50000)
              --only REGEX        cases whose name contains a match, such as 'point_select|scarce'
              --peer NAME=HOST:PORT:PIDFILE
                                  another proxy in front of the same server, for the account and schema bench/bench
              --with NAME,...     brings and starts other proxies: router (MySQL Router), shardingsphere
              --java-options ...  for the proxy's JVM
              --proxy COMMAND     another build of the proxy (the checkout's ./connbudget)
              --also NAME=COMMAND one more build of the proxy beside it, such as base=/tmp/base/connbudget, or the same with
                                  another environment: 'poll=env CONNBUDGET_BUSY_POLL=50us ../connbudget'
              --out DIR           for results.json and the plots (target/bench)
              --docs              also writes docs/performance: results.md with all tables and the targets, results.json, plots
              --from FILE,...     measures nothing: prints, plots and documents the results.json of earlier runs; a case that
                                  several have is taken from the last one
            Paths are seen from integration-tests. The server is that of TEST_MYSQL_HOST, _PORT, _USER and _PASSWORD (or
            TEST_MARIADB_*), whose max_connections is raised for the run where it is below what the cases need; without them one
            is started. HAProxy takes part where it is installed.""";

    /** A proxy that runs already. */
    record Peer(String name, String host, int port, Path pidFile) {}

    int rounds = 5;
    int seconds = 5;
    int warmUp = 15;
    int backends = 32;
    List<Integer> threads = List.of(1, 16, 64, 256, 1024);
    List<Integer> idle = List.of(1000, 12_800, 50_000);
    Pattern only = Pattern.compile("");
    boolean observation;
    boolean help;
    boolean docs;
    final Map<String, List<String>> also = new LinkedHashMap<>();
    List<String> with = List.of();
    List<Path> from = List.of();
    String javaOptions = "";
    Path proxy = Path.of("../connbudget");
    Path out = Path.of("target/bench");
    final List<Peer> peers = new ArrayList<>();

    static Options of(String[] arguments) {
        Options options = new Options();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--quick")) {
                options.rounds = 1;
                options.seconds = 1;
                options.threads = List.of(1, 16, 64);
                options.idle = List.of(1000);
            } else if (arguments[i].equals("--observation")) {
                options.observation = true;
            } else if (arguments[i].equals("--help")) {
                options.help = true;
            } else if (arguments[i].equals("--docs")) {
                options.docs = true;
            } else if (i + 1 < arguments.length) {
                options.set(arguments[i], arguments[++i]);
            } else {
                throw new IllegalArgumentException("unknown option, or one without its value: " + arguments[i]);
            }
        }
        return options;
    }

    private void set(String name, String value) {
        switch (name) {
            case "--rounds" -> rounds = Integer.parseInt(value);
            case "--seconds" -> seconds = Integer.parseInt(value);
            case "--warm-up" -> warmUp = Integer.parseInt(value);
            case "--backends" -> backends = Integer.parseInt(value);
            case "--threads" -> threads = numbers(value);
            case "--idle" -> idle = numbers(value);
            case "--only" -> only = Pattern.compile(value);
            case "--java-options" -> javaOptions = value;
            case "--proxy" -> proxy = Path.of(value);
            case "--out" -> out = Path.of(value);
            case "--from" ->
                from = Stream.of(value.split(",", -1)).map(Path::of).toList();
            case "--also" -> {
                int equals = value.indexOf('=');
                also.put(
                        value.substring(0, equals),
                        List.of(value.substring(equals + 1).split(" ", -1)));
            }
            case "--with" -> with = List.of(value.split(",", -1));
            case "--peer" -> peers.add(peer(value));
            default -> throw new IllegalArgumentException("unknown option: " + name);
        }
    }

    private static List<Integer> numbers(String value) {
        return Stream.of(value.split(",", -1)).map(Integer::valueOf).toList();
    }

    private static Peer peer(String value) {
        String[] parts = value.split("[=:]", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("--peer is " + value + ", expected NAME=HOST:PORT:PIDFILE");
        }
        return new Peer(parts[0], parts[1], Integer.parseInt(parts[2]), Path.of(parts[3]));
    }
}
