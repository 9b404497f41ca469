package io.connbudget.it.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoalsTest {
    private static final String CASE = "oltp_point_select/text/64";
    private static final String CPU = CASE + ": CPU a query";

    private final Results results = new Results(Map.of("commit", "abc"));

    private void round(String contender, Map<String, Double> figures) {
        results.add(CASE, contender, figures);
    }

    private Goal goal(String what) {
        return Goals.of(results).stream()
                .filter(goal -> goal.what().equals(what))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRatioIsTheMedianOfTheRatiosInEachRound() {
        // The machine is slower from round to round; the ratio of medians would be 20 / 40.
        List.of(10.0, 20.0, 90.0).forEach(micros -> round("connbudget", Map.of("cpu_us", micros)));
        List.of(40.0, 25.0, 100.0).forEach(micros -> round("haproxy", Map.of("cpu_us", micros)));

        assertThat(goal(CPU).measured()).isEqualTo(0.8);
        assertThat(goal(CPU).limit()).isEqualTo(0.65);
        assertThat(goal(CPU).holds()).isFalse();
    }

    @Test
    void aRoundThatOneDidNotStandIsNoPair() {
        round("connbudget", Map.of());
        round("connbudget", Map.of("cpu_us", 10.0));
        round("haproxy", Map.of("cpu_us", 10.0));
        round("haproxy", Map.of("cpu_us", 20.0));

        assertThat(goal(CPU).measured()).isEqualTo(0.5);
        assertThat(goal(CPU).holds()).isTrue();
        assertThat(results.failures(CASE, "connbudget")).isEqualTo(1);
    }

    @Test
    void theThresholdItselfHoldsOnBothSides() {
        round("connbudget", Map.of("qps", 14.0, "p95_ms", 2.0));
        round("haproxy", Map.of("qps", 10.0, "p95_ms", 2.0));

        assertThat(goal(CASE + ": throughput").holds()).isTrue();
        assertThat(goal(CASE + ": p95").holds()).isTrue();
    }

    @Test
    void whatWasNotMeasuredNeitherHoldsNorIsShown() {
        assertThat(Goals.of(results)).isNotEmpty().noneMatch(Goal::isMeasured).noneMatch(Goal::holds);
        assertThat(new Report(results).page(Map.of())).contains("0 of 0 hold").doesNotContain("CPU a query");
    }

    @Test
    void thePageShowsThresholdMeasurementAndVerdict() {
        round("connbudget", Map.of("cpu_us", 26.0, "qps", 5000.0));
        round("haproxy", Map.of("cpu_us", 20.0, "qps", 2500.0));

        assertThat(new Report(results).page(Map.of()))
                .contains("| " + CPU + " | <= 0.65 x HAProxy | 1.30 | **does not hold** |")
                .contains("| " + CASE + ": throughput | >= 1.4 x HAProxy | 2.00 | holds |")
                .contains("| 64 | connbudget | 5,000 (2.00 h) | 26.0 (1.30 h) |")
                .contains("| commit | abc |");
    }

    @Test
    void theDocumentedPageIsWhatTheDocumentedResultsSay(@TempDir Path directory) throws Exception {
        Path docs = Path.of("../docs/performance");
        new Report(Results.read(List.of(docs.resolve("results.json")))).write(directory);

        String remedy = "integration-tests/bench/run --from ../docs/performance/results.json --docs writes it again";
        assertThat(directory.resolve("results.md")).as(remedy).hasSameTextualContentAs(docs.resolve("results.md"));
        try (Stream<Path> written = Files.list(directory)) {
            assertThat(written.map(Path::getFileName).map(docs::resolve))
                    .as(remedy)
                    .allSatisfy(
                            file -> assertThat(file).hasSameTextualContentAs(directory.resolve(file.getFileName())));
        }
    }
}
