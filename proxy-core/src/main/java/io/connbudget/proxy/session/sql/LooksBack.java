package io.connbudget.proxy.session.sql;

/**
 * Follows, through the statements of one text, which looks at the last statement are looks at one of the same text: what that one
 * left is at the backend where it has just run, and nothing from before the text is seen.
 */
final class LooksBack {
    private static final long ALL = Facts.OBSERVES_ROW_COUNT | Facts.OBSERVES_FOUND_ROWS | Facts.OBSERVES_DIAGNOSTICS;

    /** What a statement in front of the one under way has replaced. */
    private long replaced;
    /** What was found in front of the statement under way. */
    private long before;

    private int verb;

    void begin() {
        replaced = 0;
        before = 0;
        verb = Code.NONE;
    }

    /** The statement's verb; for what SET STATEMENT runs, that is SET. */
    void verb(int code) {
        verb = code;
    }

    /**
     * The statement under way has ended.
     *
     * @param facts of the text up to here
     * @return those of them that hold for the text
     */
    long endStatement(long facts, SqlDialect dialect) {
        long own = facts & replaced & ~before;
        long kept = facts & ~own;
        if ((own & Facts.OBSERVES_ROW_COUNT) != 0) {
            kept |= Facts.OBSERVES_OWN_ROW_COUNT;
        }
        before = kept & ALL;
        replaced |= replacedBy(verb, dialect);
        verb = Code.NONE;
        return kept;
    }

    /** Only what every server replaces whatever the statement does; a statement that fails ends the text. */
    private static long replacedBy(int verb, SqlDialect dialect) {
        return switch (verb) {
            // These use a table, at which MariaDB forgets the diagnostics.
            case Code.INSERT, Code.REPLACE, Code.UPDATE, Code.DELETE ->
                Facts.OBSERVES_ROW_COUNT | Facts.OBSERVES_DIAGNOSTICS;
            case Code.SELECT -> Facts.OBSERVES_ROW_COUNT | Facts.OBSERVES_FOUND_ROWS | ofMySql(dialect);
            case Code.DO, Code.SET -> Facts.OBSERVES_ROW_COUNT | ofMySql(dialect);
            default -> 0;
        };
    }

    private static long ofMySql(SqlDialect dialect) {
        return dialect.mariaDb() ? 0 : Facts.OBSERVES_DIAGNOSTICS;
    }
}
