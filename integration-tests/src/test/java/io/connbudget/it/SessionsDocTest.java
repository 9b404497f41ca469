package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each state of the comparison in docs/sessions.md names tests of ours, and they exist. */
final class SessionsDocTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern NAME = Pattern.compile("`([A-Za-z]+Test)`");
    private static final int COLUMNS = 7;
    private static final int FEWEST_STATES = 31;

    @Test
    void eachStateNamesTestsThatExist() throws IOException {
        Set<String> tests = tests();
        List<String> rows = Files.readAllLines(ROOT.resolve("docs/sessions.md")).stream()
                .dropWhile(line -> !line.equals("## What others do"))
                .takeWhile(line -> !line.equals("## When a backend dies"))
                .filter(line -> line.startsWith("| "))
                .skip(1)
                .toList();
        assertThat(rows).hasSizeGreaterThanOrEqualTo(FEWEST_STATES);
        List<String> wrong = new ArrayList<>();
        for (String row : rows) {
            String[] cells = row.substring(1).split("\\|");
            List<String> named = new ArrayList<>();
            Matcher matcher = NAME.matcher(cells[cells.length - 1]);
            while (matcher.find()) {
                named.add(matcher.group(1));
            }
            boolean filled = cells.length == COLUMNS && Stream.of(cells).noneMatch(String::isBlank);
            if (!filled || named.isEmpty() || !tests.containsAll(named)) {
                wrong.add(row);
            }
        }
        assertThat(wrong)
                .as("rows without a test that exists, or without a cell")
                .isEmpty();
    }

    private static Set<String> tests() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith("Test.java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toSet());
        }
    }
}
