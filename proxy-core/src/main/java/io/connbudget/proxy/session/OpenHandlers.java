package io.connbudget.proxy.session;

import io.connbudget.proxy.session.sql.Facts;
import io.connbudget.proxy.session.sql.StatementFacts;
import java.util.HashSet;
import java.util.Set;

/** The names under which a session may have tables open by HANDLER. */
final class OpenHandlers {
    private final Set<String> names = new HashSet<>();
    /** One may have a name that is not known here. */
    private boolean nameless;

    void fold(StatementFacts facts, boolean failed) {
        boolean alone = facts.statements() == 1;
        if (facts.has(Facts.HANDLER_OPEN)) {
            if (!alone || facts.openedHandlers().isEmpty()) {
                nameless = true;
            } else if (!failed) {
                facts.openedHandlers().forEach(name -> names.add(ownName(name)));
            }
        }
        if (facts.has(Facts.HANDLER_CLOSE) && alone && !failed) {
            facts.closedHandlers().forEach(name -> names.remove(ownName(name)));
        }
    }

    /** The table's own name: that is what a handler is called where no other name was given. */
    private static String ownName(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    boolean any() {
        return nameless || !names.isEmpty();
    }
}
