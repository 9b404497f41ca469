package io.connbudget.proxy.session.sql;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the classifier found in one command's text. Immutable; shared between statements of the same shape, so compare with
 * {@code facts()} and never by identity.
 *
 * <p>Names are as the client wrote them, without quotes; the parts of a qualified name are joined by a dot. Text is decoded as
 * UTF-8, and as ISO 8859-1 where it is not UTF-8.
 */
public final class StatementFacts {
    private static final Set<String> QUERIES = Set.of("SELECT", "WITH", "TABLE", "VALUES");

    /** A single SELECT that neither changes nor sees anything of the session. */
    public static final StatementFacts PLAIN = new StatementFacts(0, "SELECT", 1, Names.NONE);

    private final long facts;
    private final String verb;
    private final int statements;
    private final Names names;

    StatementFacts(long facts, String verb, int statements, Names names) {
        this.facts = facts;
        this.verb = verb;
        this.statements = statements;
        this.names = names;
    }

    /** The set of {@link Facts}. */
    public long facts() {
        return facts;
    }

    /** Whether every fact of the given set was found. */
    public boolean has(long wanted) {
        return (facts & wanted) == wanted;
    }

    /** Whether at least one fact of the given set was found. */
    public boolean hasAny(long wanted) {
        return (facts & wanted) != 0;
    }

    /** The first word of the first statement in upper case; {@code "OTHER"} where it is not known, {@code ""} for no statement at all. */
    public String verb() {
        return verb;
    }

    /** Whether it is a query: what variables it sets, code of the database does, but for {@link #statementVariables()}. */
    public boolean setsNoVariable() {
        return QUERIES.contains(verb());
    }

    /** How many statements the text holds; comments and empty statements do not count. */
    public int statements() {
        return statements;
    }

    /** The user variables that may be assigned, each as often as it is written. */
    public List<String> assignedUserVariables() {
        return names.assignedUserVariables();
    }

    /**
     * The literal of a lone {@code SET @x = <literal>}, as written with its quotes, else null. Set only where the whole text is one
     * such statement, the literal is a number, NULL or a plain string, and it is at most 1 KiB long.
     */
    public @Nullable String assignedLiteral() {
        return names.assignedLiteral();
    }

    /** The system variables, in lower case, that SET STATEMENT or a SET_VAR hint sets for one statement. */
    public List<String> statementVariables() {
        return names.statementVariables();
    }

    /** Names of locks taken exactly once each time they stand here. Empty with TAKES_NAMED_LOCK set: not knowable. */
    public List<String> takenLocks() {
        return names.takenLocks();
    }

    /** Names of locks released exactly once each time they stand here. Empty with RELEASES_NAMED_LOCK set: not knowable. */
    public List<String> releasedLocks() {
        return names.releasedLocks();
    }

    /** Temporary tables and sequences that are created, in order. */
    public List<String> temporaryTables() {
        return names.temporaryTables();
    }

    /** Tables and sequences that are dropped, temporary or not, in order. */
    public List<String> droppedTables() {
        return names.droppedTables();
    }

    /** Names given by SQL PREPARE, in order. */
    public List<String> preparedNames() {
        return names.preparedNames();
    }

    /** For each of {@link #preparedNames}: what its text does when it is executed. */
    public List<StatementFacts> preparedContents() {
        return names.preparedContents();
    }

    /** Names run by SQL EXECUTE, in order; not those of EXECUTE IMMEDIATE, whose text is classified as a part of this one. */
    public List<String> executedNames() {
        return names.executedNames();
    }

    /** Variables behind EXECUTE ... USING. Where the prepared text is a CALL, these may be assigned. */
    public List<String> usingVariables() {
        return names.usingVariables();
    }

    /** Names of DEALLOCATE PREPARE and DROP PREPARE. */
    public List<String> deallocatedNames() {
        return names.deallocatedNames();
    }

    /** Names under which HANDLER ... OPEN opened a table. */
    public List<String> openedHandlers() {
        return names.openedHandlers();
    }

    public List<String> closedHandlers() {
        return names.closedHandlers();
    }

    /** The target of the first KILL, null where there is none or its number is not a literal. */
    public @Nullable KillTarget killTarget() {
        return names.killTarget();
    }

    @Override
    public String toString() {
        return "StatementFacts{" + verb + " x" + statements + " " + Facts.names(facts) + "}";
    }

    /** The parts that only few statements have, so that the others share one instance. */
    record Names(
            List<String> assignedUserVariables,
            @Nullable String assignedLiteral,
            List<String> statementVariables,
            List<String> takenLocks,
            List<String> releasedLocks,
            List<String> temporaryTables,
            List<String> droppedTables,
            List<String> preparedNames,
            List<StatementFacts> preparedContents,
            List<String> executedNames,
            List<String> usingVariables,
            List<String> deallocatedNames,
            List<String> openedHandlers,
            List<String> closedHandlers,
            @Nullable KillTarget killTarget) {

        static final Names NONE = new Names(
                List.of(), null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                List.of(), List.of(), List.of(), List.of(), null);
    }
}
