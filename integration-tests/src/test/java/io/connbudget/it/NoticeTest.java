package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** NOTICE names each library that is shipped, in its version and with its licence, and why the licences fit. */
final class NoticeTest {
    private static final Path ROOT = Path.of("..");
    private static final Path LIB = ROOT.resolve("proxy-core/target/lib");
    private static final String SHIPPED = "Shipped with the proxy";
    private static final Pattern ENTRY = Pattern.compile("(\\S.*?)\\s{2,}(\\S+)\\s{2,}(\\S.*)");

    /** A line of the list: a library's artifact and version. */
    private record Entry(String artifact, String version, String licence) {
        boolean is(String jar) {
            return jar.matches(Pattern.quote(artifact + "-" + version) + "(-[a-z0-9-_]+)?\\.jar");
        }
    }

    private static String notice() throws IOException {
        return Files.readString(ROOT.resolve("NOTICE"), StandardCharsets.UTF_8);
    }

    private static List<Entry> shipped() throws IOException {
        List<Entry> entries = new ArrayList<>();
        String names = "";
        boolean listed = false;
        for (String line : notice().lines().toList()) {
            if (line.startsWith(SHIPPED)) {
                listed = true;
            } else if (listed && line.isBlank()) {
                break;
            } else if (listed && !line.startsWith("---")) {
                Matcher entry = ENTRY.matcher(line.strip());
                if (!entry.matches()) {
                    names += line.strip();
                    continue;
                }
                String first = "";
                for (String name : (names + entry.group(1)).split(",\\s*")) {
                    first = first.isEmpty() ? name : first;
                    String artifact = name.startsWith("-") ? first.substring(0, first.lastIndexOf('-')) + name : name;
                    entries.add(new Entry(artifact, entry.group(2), entry.group(3)));
                }
                names = "";
            }
        }
        return entries;
    }

    private static List<String> libraries() throws IOException {
        assumeTrue(Files.isDirectory(LIB), "proxy-core has not been packaged");
        try (Stream<Path> jars = Files.list(LIB)) {
            return jars.map(jar -> jar.getFileName().toString())
                    .filter(jar -> !jar.startsWith("connbudget-"))
                    .toList();
        }
    }

    @Test
    void eachLibraryThatIsShippedIsNamedAndNoOther() throws Exception {
        List<Entry> entries = shipped();
        List<String> jars = libraries();
        assertThat(jars).isNotEmpty();
        assertThat(jars).allSatisfy(jar -> assertThat(entries).as(jar).anyMatch(entry -> entry.is(jar)));
        assertThat(entries)
                .allSatisfy(entry -> assertThat(jars).as(entry.toString()).anyMatch(entry::is));
        assertThat(entries)
                .allSatisfy(entry -> assertThat(entry.licence())
                        .as(entry.artifact())
                        .containsPattern("Apache-2\\.0|MIT|BSD|CC0|EPL-2\\.0|Universal FOSS Exception"));
    }

    @Test
    void onlyConnectorIsUnderTheGplAndWithTheExceptionThatPermitsIt() throws Exception {
        assertThat(shipped().stream().filter(entry -> entry.licence().contains("GPL-2.0")))
                .extracting(Entry::artifact)
                .containsExactly("mysql-connector-j");
        String text = notice().replaceAll("\\s+", " ");
        assertThat(text)
                .contains("MySQL Connector/J, GPL version 2 with Oracle's Universal FOSS Exception")
                .contains("The Apache License 2.0 is approved by the OSI");
        assertThat(Files.readString(ROOT.resolve("LICENSE"), StandardCharsets.UTF_8))
                .contains("Apache License")
                .contains("Version 2.0, January 2004");

        String driver = libraries().stream()
                .filter(jar -> jar.startsWith("mysql-connector-j"))
                .findFirst()
                .orElseThrow();
        try (JarFile jar = new JarFile(LIB.resolve(driver).toFile())) {
            String licence =
                    new String(jar.getInputStream(jar.getEntry("LICENSE")).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(licence).as("the driver's own").contains("Universal FOSS Exception");
        }
    }
}
