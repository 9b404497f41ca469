package io.connbudget.proxy.session;

import static io.connbudget.proxy.session.sql.Facts.*;

import io.connbudget.proxy.session.sql.StatementFacts;

/**
 * Which character sets of the connection one answer announced, and what follows for the two collations: SET NAMES announces
 * none, MariaDB never announces the one of the client's character set (docs/adr/0025), and neither server the one of the
 * character set of results. One per {@link SessionFold}.
 */
final class AnnouncedCharsets {
    /** What the collation of the client's character set is from here on. */
    enum ClientCollation {
        /** What it was. */
        KEPT,
        /** That of the connection, by SET NAMES. */
        OF_CONNECTION,
        /** The character set's own. */
        OWN,
        /** The statement's form does not tell. */
        UNTOLD
    }

    private boolean client;
    private boolean connection;
    private boolean results;
    private boolean collation;

    /** Another answer comes. */
    void begin() {
        client = false;
        connection = false;
        results = false;
        collation = false;
    }

    void variable(String name) {
        client |= name.equals(SessionState.CHARACTER_SET_CLIENT);
        connection |= name.equals(SessionState.CHARACTER_SET_CONNECTION);
        results |= name.equals(SessionState.CHARACTER_SET_RESULTS);
        collation |= name.equals(SessionState.COLLATION_CONNECTION);
    }

    /** Whether the collation of the connection was announced. */
    boolean collationTold() {
        return collation;
    }

    /** Whether the connection got a character set or a collation that may be others than the client's. */
    boolean connectionChanged() {
        return (connection || collation) && !client;
    }

    /** Whether the collation of the connection may be another one, which was not announced. */
    boolean collationUntold(StatementFacts effect) {
        return !collation && (connection || effect.has(SETS_NAMES));
    }

    /** Whether the character set of results may have another collation. */
    boolean resultsCollationUntold() {
        return results;
    }

    ClientCollation clientCollation(StatementFacts effect) {
        if (!client) {
            return ClientCollation.KEPT;
        }
        boolean byNames = effect.has(SETS_CLIENT_COLLATION);
        boolean byCharset = effect.has(SETS_CLIENT_CHARSET);
        if (byNames && !byCharset && !effect.has(SETS_CONNECTION_COLLATION)) {
            return ClientCollation.OF_CONNECTION;
        }
        return byCharset && !byNames ? ClientCollation.OWN : ClientCollation.UNTOLD;
    }
}
