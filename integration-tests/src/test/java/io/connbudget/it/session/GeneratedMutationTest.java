package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.it.session.ScriptGenerator.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Which mutants generated scripts find, and after how many of them: {@code -Dconnbudget.it.mutants=300} looks at up to 300
 * scripts for each. Not in every run: one with the schemas of {@link Conformance} for each mutant takes a while.
 */
@EnabledIfSystemProperty(named = "connbudget.it.mutants", matches = "\\d+")
final class GeneratedMutationTest {
    private static final int MOST_SCRIPTS = Integer.getInteger("connbudget.it.mutants", 300);

    /** Names of those that are looked at, with commas between; empty for all. */
    private static final String ONLY = System.getProperty("connbudget.it.mutants.only", "");

    /** Rules for which generated scripts have no statement: what they need locks the server or takes megabytes. */
    private static final Set<String> BY_WRITTEN_SCRIPT_ONLY =
            Set.of("instance_lock", "resource_group", "long_data", "unreadable_statement");

    @OnEveryServer
    void generatedScriptsFindMutants(TestDatabase database) throws Exception {
        ScriptGenerator generator = new ScriptGenerator(database.server().kind());
        List<String> survivors = new ArrayList<>();
        List<String> found = new ArrayList<>();
        for (Mutant mutant : Mutant.all()) {
            if (!mutant.servers().contains(database.server().kind())
                    || BY_WRITTEN_SCRIPT_ONLY.contains(mutant.name())
                    || !(ONLY.isEmpty() || List.of(ONLY.split(",")).contains(mutant.name()))) {
                continue;
            }
            int scripts = scriptsNeeded(database, generator, mutant);
            System.out.println(
                    database + ": " + mutant.name() + " " + (scripts < 0 ? "survives" : "found by script " + scripts));
            if (scripts < 0) {
                survivors.add(mutant.name());
            } else {
                found.add(mutant.name() + " " + scripts);
            }
        }
        System.out.println(database + ": found " + found + ", survivors " + survivors);
        assertThat(survivors).isEmpty();
    }

    private static int scriptsNeeded(TestDatabase database, ScriptGenerator generator, Mutant mutant) throws Exception {
        try (Conformance conformance = new Conformance(database, "eager", mutant.switches())) {
            for (int seed = 1; seed <= MOST_SCRIPTS; seed += Conformance.CLIENTS) {
                List<Script> scripts = new ArrayList<>();
                for (int i = 0; i < Conformance.CLIENTS; i++) {
                    scripts.add(generator.script(seed + i));
                }
                if (conformance.difference(scripts, seed) != null) {
                    return seed + Conformance.CLIENTS - 1;
                }
            }
        } catch (IllegalStateException | AssertionError e) {
            // What a mutant leaves behind may hold up the administrator, or never end.
            return 0;
        }
        return -1;
    }
}
