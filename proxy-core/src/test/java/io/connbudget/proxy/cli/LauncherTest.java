package io.connbudget.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code connbudget} in a tree of its own, with a java and a mvn that print how they were called. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LauncherTest {
    private static final String JAR = "proxy-core/target/connbudget-proxy-core-0.1.0-SNAPSHOT.jar";

    @TempDir
    Path root;

    @TempDir
    Path tools;

    @BeforeEach
    void tree() throws IOException {
        Files.copy(Path.of("..", "connbudget"), root.resolve("connbudget"), StandardCopyOption.COPY_ATTRIBUTES);
        write(root.resolve("pom.xml"), "");
        for (String module : List.of("wire-protocol", "budget-policy", "proxy-core")) {
            write(root.resolve(module + "/pom.xml"), "");
            write(root.resolve(module + "/src/main/java/A.java"), "");
        }
        jdk("17.0.1");
        tool("bin/mvn", "echo \"mvn $*\"; mkdir -p proxy-core/target/lib proxy-core/target/demo-lib; touch " + JAR);
    }

    @Test
    void aFreshCloneIsBuiltOnce() throws Exception {
        Result first = run("--version");
        Result second = run("--version");

        assertThat(first.code()).isEqualTo(42);
        assertThat(first.error())
                .contains("connbudget: building")
                .contains("mvn -q -B -DskipTests -pl proxy-core -am package")
                .contains("connbudget: built");
        assertThat(first.output())
                .isEqualTo("java -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC -Xmn32m -jar "
                        + root.toRealPath().resolve(JAR) + " --version\n");
        assertThat(second.error()).isEmpty();
        assertThat(second.output()).isEqualTo(first.output());
    }

    @Test
    void aNewerSourceIsBuiltAndATestIsNot() throws Exception {
        run("--version");
        touchLater(root.resolve("wire-protocol/src/test/java/T.java"));
        assertThat(run("--version").error()).isEmpty();
        touchLater(root.resolve("wire-protocol/src/main/java/A.java"));

        assertThat(run("--version").error()).contains("mvn ");
    }

    @Test
    void aFailedBuildEndsWith1() throws Exception {
        tool("bin/mvn", "echo 'no network'; exit 7");

        Result result = run("serve");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.error()).contains("no network", "connbudget: the build failed");
        assertThat(result.output()).isEmpty();
    }

    @Test
    void demoHasItsOwnLibraries() throws Exception {
        Result result = run("demo", "--incident");

        assertThat(result.error()).contains("mvn -q -B -DskipTests -Pdemo -pl proxy-core -am package");
        assertThat(result.output())
                .isEqualTo("java -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC -Xmn32m -cp "
                        + root.toRealPath().resolve(JAR) + ":"
                        + root.toRealPath().resolve("proxy-core/target/demo-lib/*")
                        + " io.connbudget.proxy.Main demo --incident\n");
    }

    @Test
    void serveMakesAnArchiveOfClassesOnceAndUsesIt() throws Exception {
        tool(
                "jdk/bin/java",
                "case \"$1\" in -XX:ArchiveClassesAtExit=*) echo x >\"${1#*=}\"; echo run >>" + tools
                        + "/warm-ups;; *) echo \"java $*\";; esac");

        Result first = run("serve", "--budget", "a b");
        Result second = run("serve", "--budget", "a b");

        assertThat(first.output())
                .isEqualTo("java -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC -Xmn32m -XX:SharedArchiveFile="
                        + root.toRealPath().resolve("proxy-core/target/connbudget-17.0.1.jsa")
                        + " -Xlog:cds=off -Xlog:cds+dynamic=off -jar "
                        + root.toRealPath().resolve(JAR)
                        + " serve --budget a b\n");
        assertThat(second.output()).isEqualTo(first.output());
        assertThat(tools.resolve("warm-ups")).hasContent("run");
    }

    @Test
    void aWarmUpThatFailsDoesNotKeepServeFromStarting() throws Exception {
        Result result = run("serve");

        assertThat(result.output())
                .isEqualTo("java -XX:+ExitOnOutOfMemoryError -XX:+UseSerialGC -Xmn32m -jar "
                        + root.toRealPath().resolve(JAR) + " serve\n");
        assertThat(root.resolve("proxy-core/target")).isDirectoryNotContaining("glob:**.jsa*");
    }

    @Test
    void optionsOfTheUserComeLast() throws Exception {
        environment.put("CONNBUDGET_JAVA_OPTS", "-Xmx256m -Dx=y");

        assertThat(run("--version").output()).contains(" -Xmx256m -Dx=y -jar ");
    }

    @Test
    void aCollectorOfTheUserIsTheOnlyOne() throws Exception {
        environment.put("CONNBUDGET_JAVA_OPTS", "-XX:+UseZGC");

        assertThat(run("--version").output()).startsWith("java -XX:+ExitOnOutOfMemoryError -XX:+UseZGC -jar ");
    }

    @Test
    void laterJdksGetTheirOptions() throws Exception {
        jdk("25.0.3");

        assertThat(run("--version").output())
                .contains("--sun-misc-unsafe-memory-access=allow -XX:+UseCompactObjectHeaders -jar");
        assertThat(run("demo").output()).contains("--enable-native-access=ALL-UNNAMED -cp");
    }

    @Test
    void anOldJavaIsRefused() throws Exception {
        jdk("11.0.2");

        Result result = run("serve");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.error())
                .isEqualTo("connbudget: " + tools
                        + "/jdk/bin/java is Java 11.0.2; expected 17 or later, by JAVA_HOME or first on the PATH\n");
    }

    @Test
    void aWrongJavaHomeIsNamed() throws Exception {
        environment.put("JAVA_HOME", "/nowhere");

        Result result = run("serve");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.error())
                .isEqualTo(
                        "connbudget: JAVA_HOME is /nowhere, and there is no bin/java in it; expected a JDK, 17 or later\n");
    }

    private final Map<String, String> environment = new LinkedHashMap<>();

    private Result run(String... arguments) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(root.resolve("connbudget").toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JAVA_HOME", tools.resolve("jdk").toString());
        builder.environment().put("PATH", tools.resolve("bin") + ":/usr/bin:/bin");
        builder.environment().remove("CONNBUDGET_JAVA_OPTS");
        builder.environment().putAll(environment);
        Path error = tools.resolve("stderr");
        Process process = builder.redirectError(error.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes());
        return new Result(process.waitFor(), output, Files.readString(error));
    }

    private void jdk(String version) throws IOException {
        write(tools.resolve("jdk/release"), "JAVA_VERSION=\"" + version + "\"\n");
        tool("jdk/bin/java", "echo \"java $*\"; exit 42");
    }

    private void tool(String name, String body) throws IOException {
        Path file = tools.resolve(name);
        write(file, "#!/bin/sh\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private static void touchLater(Path file) throws IOException {
        write(file, "");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private record Result(int code, String output, String error) {}
}
