package io.connbudget.budget;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Puts the clients of one plan under another: each to the class that its identity falls into, or, where the identity is
 * not known, to the class of the same name, else to the default class. Nobody loses a permit or its age in a queue; where
 * classes join, their waiters are merged in order of arrival.
 */
final class Reload {
    private final BudgetPlan plan;
    private final List<ClassQueue> classes = new ArrayList<>();

    Reload(BudgetPlan plan) {
        this.plan = plan;
    }

    /** Takes time n log n in the number of clients. The old queues are of no use afterwards. */
    ClassTable apply(List<ClassQueue> old) {
        for (ClientClass c : plan.classes()) {
            ClassQueue queue = new ClassQueue(c);
            old.stream().filter(q -> q.isNamed(c.name())).findFirst().ifPresent(q -> queue.tieTurns = q.tieTurns);
            classes.add(queue);
        }
        List<Permit> waiters = new ArrayList<>();
        List<Permit> holders = new ArrayList<>();
        List<Permit> idle = new ArrayList<>();
        for (ClassQueue queue : old) {
            queue.takeAll(waiters, holders, idle);
            for (Permit p = queue.members.first(); p != null; p = queue.members.first()) {
                queue.members.remove(p.membership);
                settle(p);
                p.queue.enter(p);
            }
        }
        // Differences, not values, are compared: the clock's origin is any.
        holders.sort((a, b) -> Long.signum(a.grantedAt - b.grantedAt));
        idle.sort((a, b) -> Long.signum(a.idleSince - b.idleSince));
        Comparator<Permit> byArrival = (a, b) -> Long.signum(a.waitingSince - b.waitingSince);
        waiters.sort(byArrival);
        for (Permit p : holders) {
            if (p.closed) {
                settle(p);
            }
            p.queue.adopt(p);
        }
        for (Permit p : idle) {
            p.queue.idleHolders.append(p.line);
        }
        for (Permit p : waiters) {
            p.queue.join(p);
        }
        return new ClassTable(classes);
    }

    private void settle(Permit p) {
        ClientClass target = p.identity == null ? sameNameOrDefault(p.clientClass()) : plan.classify(p.identity);
        ClassQueue queue = named(target.name());
        p.source = queue.sourceOf(p.source.key);
        p.queue = queue;
    }

    private ClientClass sameNameOrDefault(ClientClass before) {
        ClientClass last = plan.classes().get(plan.classes().size() - 1);
        return plan.classes().stream()
                .filter(c -> c.name().equals(before.name()))
                .findFirst()
                .orElse(last);
    }

    private ClassQueue named(String name) {
        for (ClassQueue queue : classes) {
            if (queue.isNamed(name)) {
                return queue;
            }
        }
        throw new IllegalStateException("class '" + name + "' is not in the plan");
    }
}
