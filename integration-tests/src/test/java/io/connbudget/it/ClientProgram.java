package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs the client scripts of {@code src/test/clients}, and programs they need. What is missing fails the test with the
 * name of the package to install.
 */
final class ClientProgram {
    private static final long LIMIT_SECONDS = 180;
    private static final Path SCRIPTS = Path.of(System.getProperty("connbudget.it.clients", "src/test/clients"))
            .toAbsolutePath();
    private static final Path TARGET =
            Path.of(System.getProperty("connbudget.it.target", "target")).toAbsolutePath();

    private ClientProgram() {}

    /** Runs a script to its end against the target; fails unless it ends with 0 and the line OK. */
    static void run(Target target, String... command) throws IOException, InterruptedException {
        Result result = start(
                List.of(command),
                SCRIPTS,
                Map.of(
                        "DB_HOST", target.host(),
                        "DB_PORT", String.valueOf(target.port()),
                        "DB_USER", target.user(),
                        "DB_PASSWORD", target.password(),
                        "DB_SCHEMA", target.schema(),
                        "NODE_PATH", TARGET.resolve("node/node_modules").toString(),
                        "PYTHONDONTWRITEBYTECODE", "1"));
        assertThat(result.exitCode())
                .as("exit code of %s, which said:%n%s", String.join(" ", command), result.output())
                .isZero();
        assertThat(result.output().strip())
                .as("output of %s", String.join(" ", command))
                .endsWith("OK");
    }

    /** What a program said at its end. */
    record Answer(boolean ended, String output) {}

    /** Runs a script to its end against the target, whatever the end. */
    static Answer ask(Target target, String... command) throws IOException, InterruptedException {
        Result result = start(
                List.of(command),
                SCRIPTS,
                Map.of(
                        "DB_HOST", target.host(),
                        "DB_PORT", String.valueOf(target.port()),
                        "DB_USER", target.user(),
                        "DB_PASSWORD", target.password(),
                        "NODE_PATH", TARGET.resolve("node/node_modules").toString(),
                        "PYTHONDONTWRITEBYTECODE", "1"));
        return new Answer(result.exitCode() == 0, result.output().strip());
    }

    /** Path of one of the client scripts. */
    static String script(String name) {
        return SCRIPTS.resolve(name).toString();
    }

    /** A Python that has the module. */
    static String pythonWith(String module, String debianPackage) throws IOException, InterruptedException {
        for (String python : List.of("python3", "/usr/bin/python3")) {
            if (succeeds(python, "-c", "import " + module)) {
                return python;
            }
        }
        throw new AssertionError(
                "no python3 has the module " + module + "; install the Debian package " + debianPackage);
    }

    /** A program on the PATH. */
    static String program(String name, String debianPackage) throws IOException, InterruptedException {
        if (!succeeds(name, "--version")) {
            throw new AssertionError("there is no " + name + "; install the Debian package " + debianPackage);
        }
        return name;
    }

    /** Oracle's command-line client: on the PATH, or where shared/testdb/up puts it. */
    static List<String> mysqlClient() throws IOException, InterruptedException {
        if (succeeds("mysql", "--version")
                && !start(List.of("mysql", "--version"), SCRIPTS, Map.of())
                        .output()
                        .contains("MariaDB")) {
            return List.of("mysql");
        }
        String home = System.getenv().getOrDefault("TESTDB_HOME", System.getProperty("user.home") + "/.cache/testdb");
        List<String> inRoot = List.of("chroot", home + "/unstable", "mysql");
        if (!succeeds(inRoot.get(0), inRoot.get(1), inRoot.get(2), "--version")) {
            throw new AssertionError("there is no mysql command-line client that is MySQL's; install MySQL's package"
                    + " mysql-client-core, or run shared/testdb/up");
        }
        return inRoot;
    }

    /** Installs a package of Node's into target/. */
    static void nodePackage(String nameAndVersion) throws IOException, InterruptedException {
        program("npm", "npm");
        Path folder = TARGET.resolve("node");
        Files.createDirectories(folder);
        Result result = start(
                List.of(
                        "npm",
                        "install",
                        "--silent",
                        "--no-audit",
                        "--no-fund",
                        "--prefix",
                        folder.toString(),
                        nameAndVersion),
                folder,
                Map.of());
        assertThat(result.exitCode())
                .as("npm install %s said:%n%s", nameAndVersion, result.output())
                .isZero();
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            return start(List.of(command), SCRIPTS, Map.of()).exitCode() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private record Result(int exitCode, String output) {}

    private static Result start(List<String> command, Path directory, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("connbudget-it-", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                throw new AssertionError(String.join(" ", command) + " did not end within " + LIMIT_SECONDS
                        + " s; it said:\n" + Files.readString(output));
            }
            return new Result(process.exitValue(), new String(Files.readAllBytes(output), StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
