package io.connbudget.budget;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The client classes at work under one plan, in the plan's order, and the questions that are put to all of them. */
final class ClassTable {
    final List<ClassQueue> classes;

    ClassTable(List<ClassQueue> classes) {
        this.classes = List.copyOf(classes);
    }

    /** @throws IllegalArgumentException if the plan has no class of that name */
    ClassQueue of(ClientClass clientClass) {
        for (int i = 0; i < classes.size(); i++) {
            if (classes.get(i).isNamed(clientClass.name())) {
                return classes.get(i);
            }
        }
        throw new IllegalArgumentException("class '" + clientClass.name() + "' is not in the plan");
    }

    /** The waiter whose deadline has come, null if there is none. */
    @Nullable Permit late(long nowNanos) {
        for (int i = 0; i < classes.size(); i++) {
            Permit oldest = classes.get(i).arrivals.first();
            if (oldest != null && classes.get(i).deadlineNanos(oldest) - nowNanos <= 0) {
                return oldest;
            }
        }
        return null;
    }

    /** The earliest deadline of a waiter, {@link Budget#NO_DEADLINE} if nobody waits. */
    long nextDeadlineNanos() {
        boolean found = false;
        long next = Budget.NO_DEADLINE;
        for (int i = 0; i < classes.size(); i++) {
            Permit oldest = classes.get(i).arrivals.first();
            if (oldest != null) {
                long deadline = classes.get(i).deadlineNanos(oldest);
                next = !found || deadline - next < 0 ? deadline : next;
                found = true;
            }
        }
        return next;
    }

    ClassQueue holdsMost() {
        ClassQueue most = classes.get(0);
        for (int i = 1; i < classes.size(); i++) {
            most = classes.get(i).inUse() > most.inUse() ? classes.get(i) : most;
        }
        return most;
    }

    /** Permits named as to be taken and not back yet. */
    int reclaiming() {
        int named = 0;
        for (int i = 0; i < classes.size(); i++) {
            named += classes.get(i).reclaiming;
        }
        return named;
    }

    List<Snapshot.ClassSnapshot> snapshot(long nowNanos) {
        List<Snapshot.ClassSnapshot> parts = new ArrayList<>(classes.size());
        for (ClassQueue c : classes) {
            Permit oldest = c.arrivals.first();
            parts.add(new Snapshot.ClassSnapshot(
                    c.limits(),
                    c.inUse(),
                    c.pinned,
                    c.idleHolders.size(),
                    c.waiting(),
                    c.clients(),
                    oldest == null ? 0 : nowNanos - oldest.waitingSince));
        }
        return List.copyOf(parts);
    }
}
