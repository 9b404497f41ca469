package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements that a session has prepared by PREPARE ... FROM, and what each does when it is executed. */
final class SqlStatements {
    private final Map<String, StatementFacts> byName = new HashMap<>(4);
    /** One may have a name that is not known here. */
    private boolean nameless;

    void fold(StatementFacts facts, boolean failed) {
        boolean alone = facts.statements() == 1;
        List<String> prepared = facts.preparedNames();
        for (int i = 0; i < prepared.size(); i++) {
            String name = key(prepared.get(i));
            if (!alone) {
                nameless = true;
            } else if (failed) {
                // The server forgets what had the name before it looks at the text.
                byName.remove(name);
            } else {
                byName.put(name, facts.preparedContents().get(i));
            }
        }
        if (alone && !failed) {
            facts.deallocatedNames().forEach(name -> byName.remove(key(name)));
        }
    }

    /** What the EXECUTE of a lone statement runs; null where that is not known. */
    @Nullable StatementFacts executed(StatementFacts facts) {
        return facts.statements() == 1 && facts.executedNames().size() == 1
                ? byName.get(key(facts.executedNames().get(0)))
                : null;
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    boolean any() {
        return nameless || !byName.isEmpty();
    }
}
