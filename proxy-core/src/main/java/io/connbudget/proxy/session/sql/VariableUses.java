package io.connbudget.proxy.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * The rules of variables that hold anywhere in a statement: which user variables it reads and assigns, and which system variables
 * it reads. One per collector, used again for each statement by the collector's thread.
 */
final class VariableUses {
    private final FactsCollector out;
    private boolean inSystemVariable;
    private boolean inIntoList;
    private boolean assignsEvery;
    private String lastUserVariable = "";

    VariableUses(FactsCollector out) {
        this.out = out;
    }

    /** A statement begins. */
    void forget() {
        inSystemVariable = false;
        inIntoList = false;
        assignsEvery = false;
        lastUserVariable = "";
    }

    /** Each user variable of the statement may be assigned. */
    void assignsEvery() {
        assignsEvery = true;
    }

    /** INTO stands here: user variables that follow are assigned. */
    void into() {
        inIntoList = true;
    }

    /** Comes before all else that is done for a token: only variables and commas go on with the list behind INTO. */
    void token(int code) {
        if (inIntoList && code != Code.USER_VARIABLE && code != ',') {
            inIntoList = false;
        }
    }

    void userVariable(Token token) {
        if (out.previous == Code.STRING || out.previous == Code.QUOTED_NAME) {
            return; // the host of an account: 'root'@'localhost'
        }
        out.add(Facts.READS_USER_VARIABLE);
        lastUserVariable = token.text();
        if (inIntoList || assignsEvery) {
            out.assigned(lastUserVariable);
        }
    }

    /** {@code :=} stands here. */
    void assign() {
        if (out.previous == Code.USER_VARIABLE) {
            out.assigned(lastUserVariable);
        }
    }

    /** {@code @@} stands here. */
    void beginSystemVariable() {
        inSystemVariable = true;
    }

    /** The {@code @@} just read is assigned, not read. */
    void assignsSystemVariable() {
        inSystemVariable = false;
    }

    /** A name that is no {@link Word}. */
    void unknownName() {
        inSystemVariable &= out.previous == Code.AT_AT || out.previous == '.';
    }

    /** A name, quoted or not; null where it is no {@link Word}. */
    void name(@Nullable Word word) {
        if (inSystemVariable) {
            if (out.previous != Code.AT_AT && out.previous != '.') {
                inSystemVariable = false;
            } else if (word != null) {
                out.add(word.asVariable);
            }
        }
    }
}
