package io.connbudget.budget;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which class gets the next permit. Of the classes that have a waiter and are below their {@code max}:
 *
 * <ol>
 *   <li>a class below its guarantee goes before a class that has it;
 *   <li>then higher {@code priority} goes first;
 *   <li>then the class that holds least for what is due to it: fewest permits per permit of guarantee while below the
 *       guarantee, fewest permits per unit of weight otherwise;
 *   <li>a tie goes to the class that has had fewest turns per unit of weight in ties.
 * </ol>
 *
 * Given steady demand, releases and grants by rule 3 settle at the weighted max-min fair division. Ratios are compared by
 * multiplication of integers, so there is no rounding. A class that holds nothing has ratio zero: no weight, however
 * large, starves another class of the same priority.
 *
 * <p>Why so: {@code docs/adr/0011-weighted-max-min-grants.md}.
 */
final class FairShare {
    /** One turn of a class of weight 1. */
    private static final long TURN = 1L << 20;

    private long furthestTurn;

    /** Null if no class can use a permit. Takes time proportional to the number of classes. */
    @Nullable ClassQueue next(List<ClassQueue> classes) {
        ClassQueue best = null;
        for (int i = 0; i < classes.size(); i++) {
            ClassQueue c = classes.get(i);
            if (!c.arrivals.isEmpty() && c.isBelowMax() && (best == null || goesBefore(c, best))) {
                best = c;
            }
        }
        return best;
    }

    /** Counts the turn of the class that {@link #next} named, if it won by rule 4. Call it before the grant. */
    void served(ClassQueue winner, List<ClassQueue> classes) {
        for (int i = 0; i < classes.size(); i++) {
            ClassQueue c = classes.get(i);
            if (c != winner && !c.arrivals.isEmpty() && c.isBelowMax() && compare(c, winner) == 0) {
                // A class that was away takes at most one weight's worth of turns in a row when it is back.
                long from = Math.max(winner.tieTurns, furthestTurn - TURN);
                winner.tieTurns = from + TURN / winner.limits().weight();
                furthestTurn = Math.max(furthestTurn, winner.tieTurns);
                return;
            }
        }
    }

    static boolean goesBefore(ClassQueue a, ClassQueue b) {
        int order = compare(a, b);
        return order != 0 ? order < 0 : a.tieTurns < b.tieTurns;
    }

    /** Rules 1 to 3: below zero if a goes before b. */
    static int compare(ClassQueue a, ClassQueue b) {
        boolean owed = a.isBelowGuarantee();
        if (owed != b.isBelowGuarantee()) {
            return owed ? -1 : 1;
        }
        int priority = Integer.compare(b.limits().priority(), a.limits().priority());
        if (priority != 0) {
            return priority;
        }
        long dueToA = owed ? a.limits().guaranteed() : a.limits().weight();
        long dueToB = owed ? b.limits().guaranteed() : b.limits().weight();
        return Long.compare(a.inUse() * dueToB, b.inUse() * dueToA);
    }
}
