package io.connbudget.budget;

import java.time.Duration;
import java.util.List;

/**
 * A class of clients and its quota. {@link #UNLIMITED} in a count, and {@link Duration#ZERO} in the last two times, turn a
 * limit off.
 *
 * @param name key {@code name}: 1 to 64 printable characters without quotes; {@value #DEFAULT_NAME} is the class of whoever matches no rule
 * @param rules key {@code rules}: a client that matches one of them is of this class
 * @param guaranteed key {@code guaranteed}: permits that the class gets before any other class gets more than its own guarantee; idle ones are lent
 * @param max key {@code max}: permits that the class never exceeds; 0 shuts the class out, {@link #UNLIMITED} leaves the total as the limit
 * @param weight key {@code weight}: 1 to {@value #MAX_WEIGHT}; under scarcity classes of one priority hold permits in proportion to it
 * @param priority key {@code priority}: -1000 to 1000; under scarcity, once guarantees are met, higher goes first
 * @param maxClients key {@code max-clients}: client connections at once
 * @param queueLength key {@code queue-length}: waiters at once; 0 refuses instead of queueing
 * @param queueTimeout key {@code queue-timeout}: longest wait for a permit, 1 ms to 1 day; under sustained overload a quarter of it, see ADR 10
 * @param maxPinned key {@code max-pinned}: pinned sessions above which the oldest idle pin is ended while others wait
 * @param idleInTransactionTimeout key {@code idle-in-transaction-timeout}: an idle holder of a permit is ended after it while others wait; zero: never
 * @param maxTransactionTime key {@code max-transaction-time}: a permit held longer is ended while others wait; zero: never
 */
public record ClientClass(
        String name,
        List<Rule> rules,
        int guaranteed,
        int max,
        int weight,
        int priority,
        int maxClients,
        int queueLength,
        Duration queueTimeout,
        int maxPinned,
        Duration idleInTransactionTimeout,
        Duration maxTransactionTime) {

    /** In a count: no limit of its own. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Name of the class that always exists. */
    public static final String DEFAULT_NAME = "default";

    static final int MAX_WEIGHT = 10_000;
    private static final int MAX_PRIORITY = 1_000;
    private static final int MAX_NAME = 64;
    private static final Duration LONGEST = Duration.ofDays(1);

    /** @throws IllegalArgumentException naming class, key, value and what was expected */
    public ClientClass {
        rules = List.copyOf(rules);
        if (name.isBlank() || name.length() > MAX_NAME || !name.matches("[^\\p{Cntrl}'\"`]+")) {
            throw new IllegalArgumentException("class name: got '" + name.replaceAll("\\p{Cntrl}", "?")
                    + "', expected 1 to 64 printable characters without quotes");
        }
        between(name, "guaranteed", guaranteed, 0, UNLIMITED - 1);
        between(name, "max", max, 0, UNLIMITED);
        between(name, "weight", weight, 1, MAX_WEIGHT);
        between(name, "priority", priority, -MAX_PRIORITY, MAX_PRIORITY);
        between(name, "max-clients", maxClients, 0, UNLIMITED);
        between(name, "queue-length", queueLength, 0, UNLIMITED);
        between(name, "max-pinned", maxPinned, 0, UNLIMITED);
        if (guaranteed > max) {
            throw invalid(name, "guaranteed", guaranteed, "at most max, which is " + max);
        }
        if (queueTimeout.compareTo(Duration.ofMillis(1)) < 0 || queueTimeout.compareTo(LONGEST) > 0) {
            throw invalid(name, "queue-timeout", queueTimeout, "1 ms to 1 day");
        }
        upToADay(name, "idle-in-transaction-timeout", idleInTransactionTimeout);
        upToADay(name, "max-transaction-time", maxTransactionTime);
    }

    /** A class without rules, guarantee or limits of its own: weight 1, priority 0, queue timeout 30 s. */
    public static ClientClass defaults(String name) {
        return new ClientClass(
                name,
                List.of(),
                0,
                UNLIMITED,
                1,
                0,
                UNLIMITED,
                UNLIMITED,
                Duration.ofSeconds(30),
                UNLIMITED,
                Duration.ZERO,
                Duration.ZERO);
    }

    public boolean isDefault() {
        return name.equals(DEFAULT_NAME);
    }

    /** Whether one of the rules matches; the default class needs none, see {@link BudgetPlan#classify}. */
    public boolean matches(ClientIdentity client) {
        for (Rule rule : rules) {
            if (rule.matches(client)) {
                return true;
            }
        }
        return false;
    }

    public ClientClass withRules(Rule... value) {
        return new ClientClass(
                name,
                List.of(value),
                guaranteed,
                max,
                weight,
                priority,
                maxClients,
                queueLength,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withGuaranteed(int value) {
        return new ClientClass(
                name,
                rules,
                value,
                max,
                weight,
                priority,
                maxClients,
                queueLength,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withMax(int value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                value,
                weight,
                priority,
                maxClients,
                queueLength,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withWeight(int value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                value,
                priority,
                maxClients,
                queueLength,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withPriority(int value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                weight,
                value,
                maxClients,
                queueLength,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withMaxClients(int value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                weight,
                priority,
                value,
                queueLength,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withQueueLength(int value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                weight,
                priority,
                maxClients,
                value,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withMaxPinned(int value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                weight,
                priority,
                maxClients,
                queueLength,
                queueTimeout,
                value,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withQueueTimeout(Duration value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                weight,
                priority,
                maxClients,
                queueLength,
                value,
                maxPinned,
                idleInTransactionTimeout,
                maxTransactionTime);
    }

    public ClientClass withIdleInTransactionTimeout(Duration value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                weight,
                priority,
                maxClients,
                queueLength,
                queueTimeout,
                maxPinned,
                value,
                maxTransactionTime);
    }

    public ClientClass withMaxTransactionTime(Duration value) {
        return new ClientClass(
                name,
                rules,
                guaranteed,
                max,
                weight,
                priority,
                maxClients,
                queueLength,
                queueTimeout,
                maxPinned,
                idleInTransactionTimeout,
                value);
    }

    private static void between(String name, String key, int value, int low, int high) {
        if (value < low || value > high) {
            throw invalid(name, key, value, high == UNLIMITED ? low + " or more, or unlimited" : low + " to " + high);
        }
    }

    private static void upToADay(String name, String key, Duration value) {
        if (value.isNegative() || value.compareTo(LONGEST) > 0) {
            throw invalid(name, key, value, "up to 1 day, or 0 for off");
        }
    }

    private static IllegalArgumentException invalid(String name, String key, Object value, String expected) {
        return new IllegalArgumentException("class '" + name + "': " + key + " is " + value + ", expected " + expected);
    }
}
