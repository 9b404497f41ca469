package io.connbudget.proxy.session.sql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The names found in the text under way; its lists exist only once something is in them. */
final class Found {
    private @Nullable List<String> assignedUserVariables;
    private @Nullable List<String> statementVariables;
    private @Nullable List<String> takenLocks;
    private @Nullable List<String> releasedLocks;
    private @Nullable List<String> temporaryTables;
    private @Nullable List<String> droppedTables;
    private @Nullable List<String> preparedNames;
    private @Nullable List<StatementFacts> preparedContents;
    private @Nullable List<String> executedNames;
    private @Nullable List<String> usingVariables;
    private @Nullable List<String> deallocatedNames;
    private @Nullable List<String> openedHandlers;
    private @Nullable List<String> closedHandlers;
    private @Nullable String assignedLiteral;
    private @Nullable KillTarget killTarget;
    private boolean any;

    void clear() {
        if (any) {
            any = false;
            assignedUserVariables = null;
            statementVariables = null;
            takenLocks = null;
            releasedLocks = null;
            temporaryTables = null;
            droppedTables = null;
            preparedNames = null;
            preparedContents = null;
            executedNames = null;
            usingVariables = null;
            deallocatedNames = null;
            openedHandlers = null;
            closedHandlers = null;
            assignedLiteral = null;
            killTarget = null;
        }
    }

    boolean isEmpty() {
        return !any;
    }

    void assignedUserVariable(String name) {
        assignedUserVariables = add(assignedUserVariables, name);
    }

    void statementVariable(String name) {
        statementVariables = add(statementVariables, name);
    }

    void takenLock(String name) {
        takenLocks = add(takenLocks, name);
    }

    void releasedLock(String name) {
        releasedLocks = add(releasedLocks, name);
    }

    void temporaryTable(String name) {
        temporaryTables = add(temporaryTables, name);
    }

    void droppedTable(String name) {
        droppedTables = add(droppedTables, name);
    }

    void prepared(String name, StatementFacts contents) {
        preparedNames = add(preparedNames, name);
        preparedContents = add(preparedContents, contents);
    }

    void executed(String name) {
        executedNames = add(executedNames, name);
    }

    void usingVariable(String name) {
        usingVariables = add(usingVariables, name);
    }

    void deallocated(String name) {
        deallocatedNames = add(deallocatedNames, name);
    }

    void openedHandler(String name) {
        openedHandlers = add(openedHandlers, name);
    }

    void closedHandler(String name) {
        closedHandlers = add(closedHandlers, name);
    }

    void assignedLiteral(@Nullable String literal) {
        assignedLiteral = literal;
        any |= literal != null;
    }

    void killTarget(KillTarget target) {
        if (killTarget == null) {
            killTarget = target;
            any = true;
        }
    }

    /** Takes over the names of a text that runs as a part of this one. */
    void include(StatementFacts inner) {
        inner.assignedUserVariables().forEach(this::assignedUserVariable);
        inner.statementVariables().forEach(this::statementVariable);
        inner.temporaryTables().forEach(this::temporaryTable);
        inner.droppedTables().forEach(this::droppedTable);
        inner.takenLocks().forEach(this::takenLock);
        inner.releasedLocks().forEach(this::releasedLock);
        inner.openedHandlers().forEach(this::openedHandler);
        inner.closedHandlers().forEach(this::closedHandler);
        inner.executedNames().forEach(this::executed);
        inner.deallocatedNames().forEach(this::deallocated);
        KillTarget target = inner.killTarget();
        if (target != null) {
            killTarget(target);
        }
    }

    StatementFacts.Names names() {
        return new StatementFacts.Names(
                copy(assignedUserVariables),
                assignedLiteral,
                copy(statementVariables),
                copy(takenLocks),
                copy(releasedLocks),
                copy(temporaryTables),
                copy(droppedTables),
                copy(preparedNames),
                copy(preparedContents),
                copy(executedNames),
                copy(usingVariables),
                copy(deallocatedNames),
                copy(openedHandlers),
                copy(closedHandlers),
                killTarget);
    }

    private <T> List<T> add(@Nullable List<T> list, T element) {
        any = true;
        List<T> result = list == null ? new ArrayList<>(2) : list;
        result.add(element);
        return result;
    }

    private static <T> List<T> copy(@Nullable List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }
}
