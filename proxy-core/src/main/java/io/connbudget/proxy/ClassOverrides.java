package io.connbudget.proxy;

import io.connbudget.budget.BudgetPlan;
import io.connbudget.budget.ClientClass;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys of client classes that SET has changed, until the next reload. Thread-safe. */
final class ClassOverrides {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final String KEYS =
            "guaranteed, max, weight, priority, max-clients, queue-length, queue-timeout, max-pinned,"
                    + " idle-in-transaction-timeout, max-transaction-time";

    private final Map<String, TreeSet<String>> changed = new TreeMap<>();

    /** The plan with one key of one class changed. @throws IllegalArgumentException saying what was expected */
    synchronized BudgetPlan apply(BudgetPlan plan, String name, String key, String value) {
        List<ClientClass> classes = new ArrayList<>();
        boolean found = false;
        for (ClientClass each : plan.classes()) {
            boolean wanted = each.name().equals(name);
            found |= wanted;
            classes.add(wanted ? with(each, key, value) : each);
        }
        if (!found) {
            throw new IllegalArgumentException("there is no client class '" + name + "'; expected one of "
                    + String.join(
                            ", ", plan.classes().stream().map(ClientClass::name).toList()));
        }
        return new BudgetPlan(plan.total(), plan.maxClients(), classes, plan.assignments());
    }

    synchronized void changed(String name, String key) {
        changed.computeIfAbsent(name, each -> new TreeSet<>()).add(key);
    }

    synchronized void forget() {
        changed.clear();
    }

    /** Separated by commas. */
    synchronized String keysOf(String name) {
        return String.join(",", changed.getOrDefault(name, new TreeSet<>()));
    }

    private static ClientClass with(ClientClass c, String key, String value) {
        return switch (key) {
            case "guaranteed" -> c.withGuaranteed(number(key, value));
            case "max" -> c.withMax(number(key, value));
            case "weight" -> c.withWeight(number(key, value));
            case "priority" -> c.withPriority(number(key, value));
            case "max-clients" -> c.withMaxClients(number(key, value));
            case "queue-length" -> c.withQueueLength(number(key, value));
            case "queue-timeout" -> c.withQueueTimeout(duration(key, value));
            case "max-pinned" -> c.withMaxPinned(number(key, value));
            case "idle-in-transaction-timeout" -> c.withIdleInTransactionTimeout(duration(key, value));
            case "max-transaction-time" -> c.withMaxTransactionTime(duration(key, value));
            default ->
                throw new IllegalArgumentException("a client class has no key '" + key + "'; expected one of " + KEYS);
        };
    }

    private static int number(String key, String value) {
        if (value.equalsIgnoreCase("unlimited")) {
            return ClientClass.UNLIMITED;
        }
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + " is '" + value + "', expected a whole number or unlimited", e);
        }
    }

    private static Duration duration(String key, String value) {
        Matcher matcher = DURATION.matcher(value);
        if (value.equals("0") || value.equalsIgnoreCase("off")) {
            return Duration.ZERO;
        }
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    key + " is '" + value + "', expected a duration such as 500ms, 5s, 2m or 1h");
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
        };
    }
}
