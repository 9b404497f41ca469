package io.connbudget.budget;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The whole budget: a total, and the client classes that share it. A class named {@value ClientClass#DEFAULT_NAME} always
 * exists and is asked last; it is added if the list has none.
 *
 * @param total permits in all, 1 to 1,000,000
 * @param maxClients client connections in all, or {@link ClientClass#UNLIMITED}
 * @param classes in the order in which their own rules are tried; their guarantees together fit into the total
 * @param assignments rules over all classes, tried in this order before those of the classes themselves
 */
public record BudgetPlan(int total, int maxClients, List<ClientClass> classes, List<Assignment> assignments) {

    static final int MAX_TOTAL = 1_000_000;

    /** @throws IllegalArgumentException naming key, value and what was expected */
    public BudgetPlan {
        if (total < 1 || total > MAX_TOTAL) {
            throw new IllegalArgumentException("budget total is " + total + ", expected 1 to " + MAX_TOTAL);
        }
        if (maxClients < 0) {
            throw new IllegalArgumentException("max-clients is " + maxClients + ", expected 0 or more, or unlimited");
        }
        classes = withDefaultLast(classes);
        long guaranteed = 0;
        Set<String> names = new LinkedHashSet<>();
        for (ClientClass c : classes) {
            guaranteed += c.guaranteed();
            if (!names.add(c.name())) {
                throw new IllegalArgumentException("class name: '" + c.name() + "' is given twice, expected once");
            }
        }
        if (guaranteed > total) {
            throw new IllegalArgumentException("guaranteed: the classes' sum is " + guaranteed
                    + ", expected at most the budget total of " + total);
        }
        assignments = List.copyOf(assignments);
        for (Assignment assignment : assignments) {
            if (!names.contains(assignment.clientClass())) {
                throw new IllegalArgumentException("rules: there is no class '" + assignment.clientClass()
                        + "', expected one of " + String.join(", ", names));
            }
        }
    }

    /** A plan whose rules are those of its classes. */
    public BudgetPlan(int total, int maxClients, List<ClientClass> classes) {
        this(total, maxClients, classes, List.of());
    }

    public BudgetPlan(int total, List<ClientClass> classes) {
        this(total, ClientClass.UNLIMITED, classes);
    }

    public BudgetPlan withTotal(int value) {
        return new BudgetPlan(value, maxClients, classes, assignments);
    }

    /** The class of a client: that of the first rule that matches, else the default class. */
    public ClientClass classify(ClientIdentity client) {
        for (Assignment assignment : assignments) {
            if (assignment.rule().matches(client)) {
                return named(assignment.clientClass());
            }
        }
        for (ClientClass c : classes) {
            if (c.isDefault() || c.matches(client)) {
                return c;
            }
        }
        throw new AssertionError("a plan always has a default class");
    }

    /**
     * The class of a name.
     *
     * @throws IllegalArgumentException if there is no class of that name
     */
    public ClientClass named(String name) {
        for (ClientClass c : classes) {
            if (c.name().equals(name)) {
                return c;
            }
        }
        throw new IllegalArgumentException("class '" + name + "' is not in the plan");
    }

    private static List<ClientClass> withDefaultLast(List<ClientClass> classes) {
        List<ClientClass> ordered = new ArrayList<>(classes);
        List<ClientClass> defaults = new ArrayList<>(classes);
        ordered.removeIf(ClientClass::isDefault);
        defaults.removeIf(c -> !c.isDefault());
        if (defaults.isEmpty()) {
            defaults.add(ClientClass.defaults(ClientClass.DEFAULT_NAME));
        }
        ordered.addAll(defaults);
        return List.copyOf(ordered);
    }
}
