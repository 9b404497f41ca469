package io.connbudget.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code connbudget serve} in a process of its own. Closing it sends SIGTERM, and fails the test if the process did not
 * drain and end well, or if Netty reported a leak in it.
 *
 * <p>With {@code -Dconnbudget.it.direct=true} no proxy is started and {@link #target()} is the server: a control run, in
 * which whatever fails is the test's own fault. With {@code -Dconnbudget.it.image=NAME} it is a container of that image, on
 * the network of this machine.
 */
public final class ProxyProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final Duration END_LIMIT = Duration.ofSeconds(45);
    private static final Pattern SERVING = Pattern.compile("event=serving .*?listen=\\S+?:(\\d+) http=\\S+?:(\\d+)");
    private static final Pattern CONSOLE = Pattern.compile("event=serving .*? console=\\S+?:(\\d+)");
    private static final String IMAGE = System.getProperty("connbudget.it.image", "");
    private static final String LOG_OPTION = "-Dlogback.configurationFile=";
    private static final boolean CONTROL = Boolean.getBoolean("connbudget.it.direct");

    /** What a proxy is started with. */
    public static final class Settings {
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final List<String> jvm = new ArrayList<>();
        private Path config;
        private boolean password = true;
        private String backend;

        /** Where the database is for the proxy, where that is not where it is for the test. */
        public Settings backend(String address) {
            backend = address;
            return this;
        }

        /** A key of the configuration by the name of its environment variable. */
        public Settings set(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /** A configuration file, whose budget is then the one; address and account of the database are the test's. */
        public Settings config(Path file) {
            config = file;
            return this;
        }

        /** Without the password of the database's account, for one that gets it otherwise. */
        public Settings withoutPassword() {
            password = false;
            return this;
        }

        /** Options of the Java process. */
        public Settings jvm(String... options) {
            jvm.addAll(List.of(options));
            return this;
        }
    }

    private final Target target;
    private final Process process;
    private final int httpPort;
    private final ConcurrentLinkedQueue<String> log;
    private final Thread logReader;

    private ProxyProcess(
            Target target, Process process, int httpPort, ConcurrentLinkedQueue<String> log, Thread logReader) {
        this.target = target;
        this.process = process;
        this.httpPort = httpPort;
        this.log = log;
        this.logReader = logReader;
    }

    /** Starts one for the database's account and waits until it serves. */
    public static ProxyProcess start(TestDatabase database, int budget) throws IOException {
        return start(database, budget, new Settings());
    }

    /** Starts one with more settings and waits until it serves. */
    public static ProxyProcess start(TestDatabase database, int budget, Settings settings) throws IOException {
        if (CONTROL) {
            return new ProxyProcess(Target.direct(database), null, 0, new ConcurrentLinkedQueue<>(), new Thread());
        }
        Path passwordFile = Files.createTempFile("connbudget-it-", ".password");
        // A reload reads it again.
        passwordFile.toFile().deleteOnExit();
        Files.writeString(passwordFile, database.password(), StandardCharsets.UTF_8);
        return start(database, budget, settings, passwordFile);
    }

    private static ProxyProcess start(TestDatabase database, int budget, Settings settings, Path passwordFile)
            throws IOException {
        List<String> command = IMAGE.isEmpty() ? java(settings) : container(database, settings);
        command.addAll(List.of(
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--http",
                "127.0.0.1:0",
                "--backend",
                settings.backend != null
                        ? settings.backend
                        : database.server().host() + ":" + database.server().port(),
                "--user",
                database.user()));
        if (settings.password && IMAGE.isEmpty()) {
            command.addAll(List.of("--password-file", passwordFile.toString()));
        }
        command.addAll(
                settings.config == null
                        ? List.of("--budget", String.valueOf(budget))
                        : List.of("--config", settings.config.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(settings.environment);
        Process process = builder.start();
        ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
        CompletableFuture<Matcher> serving = new CompletableFuture<>();
        Thread reader = new Thread(() -> readLog(process, log, serving), "proxy-log");
        reader.setDaemon(true);
        reader.start();
        try {
            Matcher ports = serving.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
            int port = Integer.parseInt(ports.group(1));
            ProxyProcess proxy = new ProxyProcess(
                    new Target("127.0.0.1", port, database.user(), database.password(), database.schema()),
                    process,
                    Integer.parseInt(ports.group(2)),
                    log,
                    reader);
            proxy.awaitReady();
            return proxy;
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IOException("the proxy did not start; it said:\n" + String.join("\n", log), e);
        }
    }

    private static List<String> java(Settings settings) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.add("-Dio.netty.leakDetection.level=paranoid");
        // The product's log, not the one of the tests whose class path it shares.
        command.add("-Dlogback.configurationFile=logback.xml");
        if (settings.jvm.stream().noneMatch(option -> option.startsWith("-Xmx"))) {
            command.add("-Xmx512m");
        }
        command.addAll(settings.jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.connbudget.proxy.Main"));
        return command;
    }

    /** The engine's client hands signals and the exit code on. */
    private static List<String> container(TestDatabase database, Settings settings) {
        List<String> command = new ArrayList<>(List.of("docker", "run", "--rm", "--network=host"));
        List<String> options = new ArrayList<>(List.of("-Dio.netty.leakDetection.level=paranoid"));
        for (String option : settings.jvm) {
            URL file = option.startsWith(LOG_OPTION)
                    ? ProxyProcess.class.getResource("/" + option.substring(LOG_OPTION.length()))
                    : null;
            if (file == null) {
                options.add(option);
            } else {
                // It is not in the image.
                String path = file.getPath();
                command.addAll(List.of("-v", path + ":" + path + ":ro"));
                options.add(LOG_OPTION + path);
            }
        }
        command.addAll(List.of("-e", "JAVA_TOOL_OPTIONS=" + String.join(" ", options)));
        // The image's own address would be taken where two run at once.
        command.addAll(List.of("-e", "CONNBUDGET_CONSOLE=127.0.0.1:0"));
        if (settings.password) {
            command.addAll(List.of("-e", "CONNBUDGET_BACKEND_PASSWORD=" + database.password()));
        }
        settings.environment.forEach((name, value) -> command.addAll(List.of("-e", name + "=" + value)));
        if (settings.config != null) {
            command.addAll(List.of("-v", settings.config + ":" + settings.config + ":ro"));
        }
        command.add(IMAGE);
        return command;
    }

    private static void readLog(
            Process process, ConcurrentLinkedQueue<String> log, CompletableFuture<Matcher> serving) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                log.add(line);
                Matcher matcher = SERVING.matcher(line);
                if (matcher.find()) {
                    serving.complete(matcher);
                }
            }
        } catch (IOException e) {
            log.add(e.toString());
        }
        serving.completeExceptionally(new IOException("the process ended"));
    }

    private void awaitReady() throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try {
                get("/readyz");
                return;
            } catch (IOException e) {
                if (System.nanoTime() - deadlineNanos > 0) {
                    process.destroyForcibly();
                    throw new IOException("the proxy is not ready; it said:\n" + String.join("\n", log), e);
                }
            }
            // There is no event to wait for on the far side of HTTP.
            Thread.sleep(20);
        }
    }

    /** Whether this is a control run without a proxy. */
    public static boolean control() {
        return CONTROL;
    }

    public Target target() {
        return target;
    }

    /** Port of the console, which {@code CONNBUDGET_CONSOLE} must have asked for. */
    public int consolePort() {
        return log.stream()
                .map(CONSOLE::matcher)
                .filter(Matcher::find)
                .map(matcher -> Integer.parseInt(matcher.group(1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no console in the log"));
    }

    public int httpPort() {
        return httpPort;
    }

    /** Waits for a process that was told to end by other means than {@link #close}; its exit code. */
    public int awaitEnd() throws InterruptedException {
        if (!process.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the proxy did not end; it said:\n" + String.join("\n", log));
        }
        logReader.join();
        return process.exitValue();
    }

    public long pid() {
        return process.pid();
    }

    /**
     * What was read so far of what the process printed; all of it once it ended. What it says on its way to an answer may
     * come behind the answer: see {@link #awaitLogged}.
     */
    public List<String> log() {
        return List.copyOf(log);
    }

    /** Waits until the log has a line with all of these texts in it. */
    public void awaitLogged(String... texts) throws Exception {
        Await.until(
                "in the log: " + List.of(texts),
                () -> log.stream().anyMatch(line -> List.of(texts).stream().allMatch(line::contains)));
    }

    /**
     * Body of an HTTP endpoint of the proxy.
     *
     * @throws IOException if it does not answer 200
     */
    public String get(String path) throws IOException {
        try (InputStream body =
                URI.create("http://127.0.0.1:" + httpPort + path).toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** As {@link #get(String)}, as an administrator. */
    public String get(String path, String user, String password) throws IOException {
        URLConnection connection =
                URI.create("http://127.0.0.1:" + httpPort + path).toURL().openConnection();
        connection.setRequestProperty(
                "Authorization",
                "Basic "
                        + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8)));
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Sum of a metric over all its tags; 0 if it has no sample yet. */
    public double metric(String name) throws IOException {
        return metric(name, "");
    }

    /** Sum of a metric over those tags that have this text in them. */
    public double metric(String name, String tags) throws IOException {
        double sum = 0;
        for (String line : get("/metrics").split("\n")) {
            if ((line.startsWith(name + " ") || line.startsWith(name + "{")) && line.contains(tags)) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    /** Resident memory of the process in bytes, and the highest it was since its start. */
    public Memory memory() throws IOException {
        long now = 0;
        long peak = 0;
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                now = kibibytes(line);
            } else if (line.startsWith("VmHWM:")) {
                peak = kibibytes(line);
            }
        }
        return new Memory(now, peak);
    }

    private static long kibibytes(String line) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }

    public record Memory(long residentBytes, long peakResidentBytes) {}

    @Override
    public void close() throws IOException {
        if (process == null) {
            return;
        }
        // Process.destroy() closes the pipe that the engine's client writes the log to.
        process.toHandle().destroy();
        try {
            if (!process.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the proxy did not end within " + END_LIMIT + " of SIGTERM; it said:\n"
                        + String.join("\n", log));
            }
            logReader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return;
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    "the proxy ended with " + process.exitValue() + "; it said:\n" + String.join("\n", log));
        }
        List<String> leaks = log.stream().filter(line -> line.contains("LEAK:")).toList();
        if (!leaks.isEmpty()) {
            throw new AssertionError("the proxy leaked buffers:\n" + String.join("\n", leaks));
        }
    }
}
