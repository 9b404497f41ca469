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

    @OnEveryServer
    void generatedScriptsAreAnsweredAsByTheServer(TestDatabase database) throws InterruptedException {
        ScriptGenerator generator = new ScriptGenerator(database.server().kind());
        List<String> differences = new ArrayList<>();
        int failed = 0;
        int refusals = 0;
        try (Conformance conformance = new Conformance(database, "eager")) {
            for (int done = 0; done < SCRIPTS; done += Conformance.CLIENTS) {
                long seed = FIRST_SEED + done;
                List<Script> scripts = new ArrayList<>();
                for (int i = 0; i < Conformance.CLIENTS; i++) {
                    scripts.add(generator.script(seed + i));
                }
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
                    throw new IllegalStateException("seed " + seed + ": " + e.getMessage() + "; " + differences, e);
                }
            }
            refusals = conformance.refusals();
        }
        System.out.println(database + ": " + SCRIPTS + " scripts, " + failed + " runs of " + Conformance.CLIENTS
                + " with a difference, " + refusals + " refusals");
        assertThat(differences).isEmpty();
    }
}
