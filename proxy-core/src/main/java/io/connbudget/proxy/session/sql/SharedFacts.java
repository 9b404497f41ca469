package io.connbudget.proxy.session.sql;

import org.jspecify.annotations.Nullable;

/** One instance for all statements that have the same facts and no names, so that an uncached statement allocates nothing. */
final class SharedFacts {
    private static final int SLOTS = 1024;

    private final @Nullable StatementFacts[] table = new StatementFacts[SLOTS];

    StatementFacts of(FactsCollector collector) {
        long facts = collector.facts;
        int statements = collector.statements();
        String verb = TextReader.verbName(collector);
        long mixed = (facts + statements * 31L + verb.hashCode()) * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 54);
        StatementFacts known = table[slot];
        // Verbs are constants, so a verb that differs in identity differs.
        if (known != null
                && known.facts() == facts
                && known.statements() == statements
                && known.verb().equals(verb)) {
            return known;
        }
        StatementFacts made = facts == 0 && statements == 1 && verb.equals(StatementFacts.PLAIN.verb())
                ? StatementFacts.PLAIN
                : new StatementFacts(facts, verb, statements, StatementFacts.Names.NONE);
        table[slot] = made;
        return made;
    }
}
