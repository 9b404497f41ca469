package io.connbudget.it.bench;

import io.connbudget.it.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** The processes that the benchmark starts; closing ends them. */
final class Programs implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final int START_SECONDS = 60;
    private static final int CLIENTS_OF_HAPROXY = 8000;

    private final Options options;
    private final Target server;
    private final List<Process> started = new CopyOnWriteArrayList<>();

    Programs(Options options, Target server) {
        this.options = options;
        this.server = server;
        // Ctrl-C, too, must not leave them behind.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> started.forEach(Process::destroy), "end-programs"));
    }

    /** The proxy with this many connections for clients; it is served when this returns. */
    Contender proxy(String name, int backends) throws IOException, InterruptedException {
        return build(name, backends, List.of(options.proxy.toString()));
    }

    /** The same by another command, to which {@code serve} is added. */
    Contender build(String name, int backends, List<String> command) throws IOException, InterruptedException {
        List<String> serve = new ArrayList<>(command);
        serve.add("serve");
        return proxy(name, backends, serve);
    }

    /** An {@link ObservedProxy}. */
    Contender observedProxy(String name, int backends, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmn32m",
                "-Dio.netty.leakDetection.level=disabled",
                "-cp",
                System.getProperty("java.class.path"),
                ObservedProxy.class.getName()));
        command.addAll(List.of(arguments));
        return proxy(name, backends, command);
    }

    private Contender proxy(String name, int backends, List<String> command) throws IOException, InterruptedException {
        int port = freePort();
        ProcessBuilder builder = new ProcessBuilder(command);
        // One connection of the budget is kept for KILL.
        builder.environment()
                .putAll(Map.ofEntries(
                        Map.entry("CONNBUDGET_JAVA_OPTS", options.javaOptions),
                        Map.entry("CONNBUDGET_LISTEN", HOST + ":" + port),
                        Map.entry("CONNBUDGET_HTTP", "off"),
                        Map.entry("CONNBUDGET_BACKEND_ADDRESS", server.host() + ":" + server.port()),
                        Map.entry("CONNBUDGET_BACKEND_USER", server.user()),
                        Map.entry("CONNBUDGET_BACKEND_PASSWORD", server.password()),
                        Map.entry("CONNBUDGET_BACKEND_TLS_MODE", "disabled"),
                        Map.entry("CONNBUDGET_BUDGET_MAX_CONNECTIONS", String.valueOf(backends + 1)),
                        Map.entry("CONNBUDGET_BUDGET_QUEUE_TIMEOUT", "60s"),
                        Map.entry("CONNBUDGET_FRONTEND_MAX_CLIENTS", "100000"),
                        Map.entry("CONNBUDGET_ACCOUNTS_0_NAME", server.user()),
                        Map.entry("CONNBUDGET_ACCOUNTS_0_PASSWORD", server.password())));
        Process process = start(builder, name);
        Contender proxy = new Contender(name, HOST, port, process.pid(), true, true);
        awaitAnswer(proxy);
        return proxy;
    }

    /** HAProxy, one connection to the server for each client. */
    Contender haproxy() throws IOException, InterruptedException {
        int port = freePort();
        Path config = options.out.resolve("haproxy.cfg");
        Files.writeString(
                config,
                """
                global
                  maxconn %d
                defaults
                  mode tcp
                  timeout connect 5s
                  timeout client 1h
                  timeout server 1h
                listen mysql
                  bind %s:%d
                  server mysql %s:%d
                """.formatted(CLIENTS_OF_HAPROXY, HOST, port, server.host(), server.port()),
                StandardCharsets.UTF_8);
        Process process = start(new ProcessBuilder("haproxy", "-db", "-f", config.toString()), "haproxy");
        Contender haproxy = new Contender("haproxy", HOST, port, process.pid(), false, false);
        awaitAnswer(haproxy);
        return haproxy;
    }

    /** Another proxy that listens on this port of the loopback address; it is served when this returns. */
    Contender peer(String name, int port, List<String> command, boolean java) throws IOException, InterruptedException {
        // Some leave files where they run.
        Process process = start(new ProcessBuilder(command).directory(options.out.toFile()), name);
        Contender peer = new Contender(name, HOST, port, process.pid(), java, true);
        awaitAnswer(peer);
        return peer;
    }

    static boolean installed(String program) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + program)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** Milliseconds from the start of the proxy's process to its first answered query; it is ended again. */
    double startMillis() throws IOException, InterruptedException {
        long start = System.nanoTime();
        proxy("connbudget-start", 2);
        double took = (System.nanoTime() - start) / 1e6;
        end(started.remove(started.size() - 1));
        return took;
    }

    private Process start(ProcessBuilder builder, String name) throws IOException {
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(options.out.resolve(name + ".log").toFile())
                .start();
        started.add(process);
        return process;
    }

    /** Waits for an answered query; the login also puts the account into the server's cache. */
    private void awaitAnswer(Contender contender) throws IOException, InterruptedException {
        Target through =
                new Target(contender.host(), contender.port(), server.user(), server.password(), server.schema());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try {
                new Socket(contender.host(), contender.port()).close();
                try (Connection connection = through.connect("sslMode=DISABLED")) {
                    connection.createStatement().execute("SELECT 1");
                    return;
                }
            } catch (IOException | SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw new IOException(contender.name() + " does not answer, see its log in " + options.out, e);
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            return socket.getLocalPort();
        }
    }

    private static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (Process process : started) {
            end(process);
        }
    }
}
