package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./connbudget demo --incident}, a small one, as whoever has just cloned it runs it. */
final class DemoTest {
    private static final int MAX_CONNECTIONS = 30;
    private static final int BUDGET = 12;
    private static final int CONNECTIONS = 400;
    private static final long LIMIT_SECONDS = 120;

    @TempDir
    Path clone;

    /** A clone that is built already: from the classes of this run, since Maven cannot build what it is building. */
    private void build() throws IOException {
        Files.copy(Path.of("..", "connbudget"), clone.resolve("connbudget"), StandardCopyOption.COPY_ATTRIBUTES);
        Path target = clone.resolve("proxy-core/target");
        Path libraries = Files.createDirectories(target.resolve("demo-lib"));
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry).toAbsolutePath();
            Path library = libraries.resolve(number++ + ".jar");
            if (Files.isRegularFile(path)) {
                Files.createSymbolicLink(library, path);
            } else if (Files.isDirectory(path) && !path.endsWith("test-classes")) {
                jar(path, library);
            }
        }
        Path own = target.resolve("connbudget-proxy-core-0.1.0-SNAPSHOT.jar");
        try (JarOutputStream empty = new JarOutputStream(Files.newOutputStream(own))) {
            empty.putNextEntry(new JarEntry("empty"));
        }
    }

    private static void jar(Path classes, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> files = Files.walk(classes)) {
            for (Path path : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(path).toString()));
                Files.copy(path, out);
            }
        }
    }

    /** The two cells of a line of the table. */
    private static List<String> cells(String output, String label) {
        Matcher line = Pattern.compile("(?m)^  " + Pattern.quote(label) + "\\s+(.+?)\\s{2,}(\\S.*)$")
                .matcher(output);
        assertThat(line.find()).as("%s in%n%s", label, output).isTrue();
        return List.of(line.group(1), line.group(2).strip());
    }

    @Test
    void theIncidentIsPlayedAgainstBothPortsSideBySide() throws Exception {
        build();
        Path said = clone.resolve("said");
        Process demo = new ProcessBuilder(
                        clone.resolve("connbudget").toString(),
                        "demo",
                        "--incident",
                        "--max-connections=" + MAX_CONNECTIONS,
                        "--budget=" + BUDGET,
                        "--nodes=4",
                        "--processes=5",
                        "--pool=20",
                        "--transactions=2",
                        "--load-processes=2")
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = demo.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        demo.destroyForcibly();
        String output = Files.readString(said, StandardCharsets.UTF_8);
        assertThat(ended).as("ended, having said%n%s", output).isTrue();
        System.out.println(output);

        assertThat(demo.exitValue()).as(output).isZero();
        assertThat(output)
                .contains("Starting MariaDB with max_connections=30, and connbudget with a budget of 12")
                .containsPattern("mysql --protocol=tcp -h127\\.0\\.0\\.1 -P\\d+")
                .contains("4 nodes x 5 processes x a pool of 20 = 400 connections; played with 400")
                .contains("directly", "through connbudget");
        assertThat(cells(output, "connections asked for")).containsExactly("400", "400");
        assertThat(cells(output, "errors").get(0)).contains("x 1040 Too many connections");
        assertThat(cells(output, "errors").get(1)).isEqualTo("none");
        assertThat(Integer.parseInt(cells(output, "connections opened").get(0))).isLessThan(CONNECTIONS);
        assertThat(cells(output, "connections opened").get(1)).isEqualTo("400");
        assertThat(cells(output, "held to the end").get(1)).isEqualTo("400");
        assertThat(cells(output, "transactions answered OK").get(1)).isEqualTo("800");
        assertThat(cells(output, "found in the database").get(1)).isEqualTo("800");
        assertThat(Integer.parseInt(cells(output, "peak Threads_connected").get(1)))
                .isBetween(1, BUDGET);
    }
}
