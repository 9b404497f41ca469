package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The temporary tables that a session may have. In doubt there is one: a name leaves only by a DROP that stands alone,
 * names it letter by letter and succeeds.
 */
final class TemporaryTables {
    private final Set<String> names = new HashSet<>();
    /** One may have a name that is not known here. */
    private boolean nameless;

    /**
     * Follows one command.
     *
     * @param schema the current schema when it began
     */
    void fold(StatementFacts facts, boolean failed, @Nullable String schema) {
        boolean alone = facts.statements() == 1;
        if (facts.has(Facts.CREATES_TEMPORARY_TABLE)) {
            if (!alone || facts.temporaryTables().isEmpty()) {
                nameless = true;
            } else if (!failed) {
                // One that fails, while its rows come from a query for example, leaves no table.
                facts.temporaryTables().forEach(name -> names.add(qualified(name, schema)));
            }
        }
        if (facts.has(Facts.RENAMES_TABLE) && any()) {
            nameless = true;
        }
        if (facts.has(Facts.DROPS_TABLE) && alone && !failed) {
            facts.droppedTables().forEach(name -> names.remove(qualified(name, schema)));
        }
    }

    private static String qualified(String name, @Nullable String schema) {
        return name.indexOf('.') >= 0 ? name : schema + "." + name;
    }

    boolean any() {
        return nameless || !names.isEmpty();
    }
}
