package io.connbudget.proxy.frontend;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The inputs that {@link LoginFuzz} found worth keeping, without its machinery. */
class LoginCorpusTest {
    private static final Path KEPT =
            Path.of("src", "test", "resources", "io", "connbudget", "proxy", "frontend", "LoginFuzzInputs");

    static List<Path> inputs(String target) throws Exception {
        try (Stream<Path> files = Files.list(KEPT.resolve(target))) {
            return new ArrayList<>(files.sorted().toList());
        }
    }

    static List<Path> bytes() throws Exception {
        return inputs("bytes");
    }

    static List<Path> packets() throws Exception {
        return inputs("packets");
    }

    static List<Path> proxyHeader() throws Exception {
        return inputs("proxyHeader");
    }

    static List<Path> changeUser() throws Exception {
        return inputs("changeUser");
    }

    @ParameterizedTest
    @MethodSource
    void changeUser(Path input) throws Exception {
        LoginFuzzTargets.changeUser(Files.readAllBytes(input));
    }

    @ParameterizedTest
    @MethodSource
    void bytes(Path input) throws Exception {
        LoginFuzzTargets.bytes(Files.readAllBytes(input));
    }

    @ParameterizedTest
    @MethodSource
    void packets(Path input) throws Exception {
        LoginFuzzTargets.packets(Files.readAllBytes(input));
    }

    @ParameterizedTest
    @MethodSource
    void proxyHeader(Path input) throws Exception {
        LoginFuzzTargets.proxyHeader(Files.readAllBytes(input));
    }
}
