package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.session.ScriptGenerator.Script;
import java.util.ArrayList;
import java.util.List;

/**
 * Contract 2, "never silently wrong": generated scripts give the same answers through the proxy, under {@code handoff:
 * eager}, as directly.
 */
final class SessionConformanceTest {
    /** Scripts per server; more with {@code -Dconnbudget.it.scripts}, others with {@code -Dconnbudget.it.seed}. */
    private static final int SCRIPTS = Integer.getInteger("connbudget.it.scripts", 500);

    private static final long FIRST_SEED = Long.getLong("connbudget.it.seed", 1);
    private static final int MOST_SHOWN = Integer.getInteger("connbudget.it.shown", 5);
    private static final int MOST_FAILED = 25;

    /** Bounds on what a refusal keeps from being compared, so that refusals cannot hide a hole; parts of 1. */
    private static final double MOST_CUT = 0.3;

    private static final int ENOUGH_FOR_BOUNDS = 300;
    private static final double MOST_SKIPPED = 0.25;
    private static final double MOST_PLAIN_REFUSED = 0.35;

    @OnEveryServer
    void generatedScriptsAreAnsweredAsByTheServer(TestDatabase database) throws InterruptedException {
        ScriptGenerator generator = new ScriptGenerator(database.server().kind());
        List<String> differences = new ArrayList<>();
        int failed = 0;
        List<Script> lastPlayed = List.of();
        Conformance.Tally tally;
        try (Conformance conformance = new Conformance(database, "eager")) {
            tally = conformance.tally();
            // A script that was cut short is no script that was compared.
            for (long seed = FIRST_SEED; tally.whole() < SCRIPTS && failed < MOST_FAILED; seed += Conformance.CLIENTS) {
                List<Script> scripts = new ArrayList<>();
                for (int i = 0; i < Conformance.CLIENTS; i++) {
                    scripts.add(generator.script(seed + i));
                }
                List<Script> before = lastPlayed;
                lastPlayed = scripts;
                try {
                    String difference = conformance.difference(scripts, seed);
                    if (difference != null) {
                        failed++;
                        if (differences.size() < MOST_SHOWN) {
                            differences.add("seed " + seed + ": " + difference);
                        }
                        conformance.startOver();
                    }
                } catch (IllegalStateException e) {
                    throw new IllegalStateException(
                            "seed " + seed + ": " + e.getMessage() + "; " + differences + "; before it were played "
                                    + before,
                            e);
                }
            }
        }
        System.out.println(database + ", first seed " + FIRST_SEED + ": " + failed + " runs of " + Conformance.CLIENTS
                + " scripts with a difference, " + tally);
        assertThat(differences).isEmpty();
        if (SCRIPTS < ENOUGH_FOR_BOUNDS) {
            return;
        }
        assertThat(tally.cut()).as("scripts cut short: %s", tally).isLessThan(MOST_CUT);
        assertThat(tally.skipped()).as("steps not reached: %s", tally).isLessThan(MOST_SKIPPED);
        assertThat(tally.plainRefused()).as("plain looks refused: %s", tally).isLessThan(MOST_PLAIN_REFUSED);
    }
}
