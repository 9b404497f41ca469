package io.connbudget.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real signals to a real process. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProcessSignalsTest {
    private Process process;
    private BufferedReader lines;

    @AfterEach
    void end() {
        process.destroyForcibly();
    }

    @Test
    void termDrainsAndEndsWith0() throws Exception {
        start("prompt");
        signal("TERM");

        assertThat(awaitLine("event=drained")).contains("event=drained");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void interruptDrainsAndEndsWith0() throws Exception {
        start("prompt");
        signal("INT");

        assertThat(awaitLine("event=draining")).contains("signal=INT");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void theSecondSignalEndsAtOnce() throws Exception {
        start("stuck");
        signal("TERM");
        awaitLine("event=draining");
        signal("TERM");

        assertThat(process.waitFor()).isEqualTo(128 + 15);
    }

    private void start(String mode) throws Exception {
        List<String> command = new ArrayList<>(withInterrupts());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SignalledProxy.class.getName(), mode));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        lines = process.inputReader();
        assertThat(awaitLine("event=serving")).contains("budget=1");
    }

    /** A child of a job in the background inherits that SIGINT is ignored, and a JVM leaves that so. */
    private static List<String> withInterrupts() throws Exception {
        List<String> prefix = List.of("env", "--default-signal=INT");
        List<String> attempt = new ArrayList<>(prefix);
        attempt.add("true");
        return new ProcessBuilder(attempt).start().waitFor() == 0 ? prefix : List.of();
    }

    private String awaitLine(String part) throws IOException {
        StringBuilder seen = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains(part)) {
                return line;
            }
            seen.append(line).append('\n');
        }
        throw new AssertionError("no line with " + part + " in:\n" + seen);
    }

    private void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}
