package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One idea in a file: one of more than 400 lines holds two. */
final class SourceFilesTest {
    private static final int MOST_LINES = 400;
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void noneIsLongerThanOneIdea() throws IOException {
        List<Path> sources = sources();
        assertThat(sources).as("files of the largest module").anyMatch(file -> file.endsWith("ProxyServer.java"));
        List<String> tooLong = new ArrayList<>();
        for (Path source : sources) {
            int lines = Files.readAllLines(source).size();
            if (lines > MOST_LINES) {
                tooLong.add(ROOT.relativize(source) + ": " + lines + " lines");
            }
        }
        assertThat(tooLong).as("files of more than %d lines", MOST_LINES).isEmpty();
    }

    /** What src/main/java of each module holds. */
    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path main : modules.map(module -> module.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(main)) {
                    files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                }
            }
        }
        return sources;
    }
}
