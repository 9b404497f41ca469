package io.connbudget.budget;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of the budget written for reading, not for speed: plain lists, searched from end to end. The model that
 * {@link Budget} must agree with.
 */
final class ReferenceBudget {
    enum State {
        FREE,
        WAITING,
        GRANTED
    }

    static final class Client {
        final int id;
        final String source;
        String className;
        State state = State.FREE;
        long since;

        Client(int id, String className, String source) {
            this.id = id;
            this.className = className;
            this.source = source;
        }
    }

    private static final BigInteger TURN = BigInteger.ONE.shiftLeft(20);

    private BudgetPlan plan;
    private int total;
    /** Waiters of all classes in order of arrival. */
    private final List<Client> waiters = new ArrayList<>();

    private final List<Client> holders = new ArrayList<>();
    /** Class to its sources with waiters, in the order of their turns. */
    private Map<String, List<String>> turns = new LinkedHashMap<>();

    private final Map<String, BigInteger> tieTurns = new HashMap<>();
    /** Class to the time of its first time-out since its queue was last empty. */
    private final Map<String, Long> firstTimeout = new HashMap<>();

    private BigInteger furthest = BigInteger.ZERO;
    final List<String> events = new ArrayList<>();

    ReferenceBudget(BudgetPlan plan) {
        this.plan = plan;
        this.total = plan.total();
        plan.classes().forEach(c -> turns.put(c.name(), new ArrayList<>()));
    }

    Decision request(Client c, long now) {
        ClientClass limits = limits(c.className);
        if (holders.size() < total && held(c.className) < limits.max()) {
            grant(c);
            return Decision.GRANTED;
        }
        if (limits.max() == 0) {
            return Decision.REJECTED;
        }
        if (waiting(c.className) >= limits.queueLength()) {
            expire(now);
            if (waiting(c.className) >= limits.queueLength()) {
                return Decision.REJECTED;
            }
        }
        c.state = State.WAITING;
        c.since = now;
        waiters.add(c);
        if (!turns.get(c.className).contains(c.source)) {
            turns.get(c.className).add(c.source);
        }
        return Decision.QUEUED;
    }

    void release(Client c, long now) {
        if (c.state == State.GRANTED) {
            holders.remove(c);
            c.state = State.FREE;
            handOut(now);
        }
    }

    boolean cancel(Client c) {
        boolean waits = c.state == State.WAITING;
        if (waits) {
            unqueue(c);
        }
        return waits;
    }

    void resize(int value, long now) {
        total = value;
        handOut(now);
    }

    void reload(BudgetPlan value, List<Client> everyone, long now) {
        // Classes that join are merged by arrival; waiters of one moment in the order of the old plan's classes.
        List<String> oldNames = plan.classes().stream().map(ClientClass::name).toList();
        waiters.sort(Comparator.<Client>comparingLong(c -> c.since).thenComparing(c -> oldNames.indexOf(c.className)));
        firstTimeout.clear();
        plan = value;
        total = value.total();
        List<String> names = value.classes().stream().map(ClientClass::name).toList();
        everyone.forEach(c -> c.className = names.contains(c.className) ? c.className : ClientClass.DEFAULT_NAME);
        tieTurns.keySet().retainAll(names);
        turns = new LinkedHashMap<>();
        names.forEach(n -> turns.put(n, new ArrayList<>()));
        for (Client c : waiters) {
            if (!turns.get(c.className).contains(c.source)) {
                turns.get(c.className).add(c.source);
            }
        }
        handOut(now);
    }

    void expire(long now) {
        for (ClientClass limits : plan.classes()) {
            for (Client c : List.copyOf(waiters)) {
                if (c.className.equals(limits.name()) && isLate(c, limits, now)) {
                    firstTimeout.putIfAbsent(limits.name(), now);
                    unqueue(c);
                    events.add("refused " + c.id);
                }
            }
        }
    }

    private boolean isLate(Client c, ClientClass limits, long now) {
        long timeout = limits.queueTimeout().toNanos();
        Long first = firstTimeout.get(limits.name());
        boolean overloaded = first != null && now - first >= timeout;
        return now - c.since >= (overloaded ? timeout / 4 : timeout);
    }

    /** The first moment at which {@link #isLate} is true for a waiter. */
    long nextDeadline() {
        long next = Budget.NO_DEADLINE;
        for (Client c : waiters) {
            long timeout = limits(c.className).queueTimeout().toNanos();
            next = Math.min(next, c.since + timeout);
            Long first = firstTimeout.get(c.className);
            if (first != null) {
                next = Math.min(next, Math.max(first + timeout, c.since + timeout / 4));
            }
        }
        return next;
    }

    private void handOut(long now) {
        if (waiters.isEmpty()) {
            return;
        }
        expire(now);
        while (holders.size() < total) {
            List<ClientClass> able = plan.classes().stream()
                    .filter(c -> waiting(c.name()) > 0 && held(c.name()) < c.max())
                    .toList();
            if (able.isEmpty()) {
                return;
            }
            List<ClientClass> first = able.stream()
                    .filter(c -> able.stream().noneMatch(other -> rank(other, c) < 0))
                    .toList();
            ClientClass winner = first.stream()
                    .min(Comparator.comparing(c -> tieTurns.getOrDefault(c.name(), BigInteger.ZERO)))
                    .orElseThrow();
            if (first.size() > 1) {
                BigInteger from =
                        tieTurns.getOrDefault(winner.name(), BigInteger.ZERO).max(furthest.subtract(TURN));
                BigInteger to = from.add(TURN.divide(BigInteger.valueOf(winner.weight())));
                tieTurns.put(winner.name(), to);
                furthest = furthest.max(to);
            }
            List<String> order = turns.get(winner.name());
            String source = order.get(0);
            Client next = waiters.stream()
                    .filter(c -> c.className.equals(winner.name()) && c.source.equals(source))
                    .findFirst()
                    .orElseThrow();
            unqueue(next);
            if (order.remove(source)) {
                order.add(source);
            }
            grant(next);
            events.add("granted " + next.id);
        }
    }

    private int rank(ClientClass a, ClientClass b) {
        boolean owedA = held(a.name()) < a.guaranteed();
        boolean owedB = held(b.name()) < b.guaranteed();
        if (owedA != owedB) {
            return owedA ? -1 : 1;
        }
        if (a.priority() != b.priority()) {
            return a.priority() > b.priority() ? -1 : 1;
        }
        BigInteger dueA = BigInteger.valueOf(owedA ? a.guaranteed() : a.weight());
        BigInteger dueB = BigInteger.valueOf(owedB ? b.guaranteed() : b.weight());
        return BigInteger.valueOf(held(a.name()))
                .multiply(dueB)
                .compareTo(BigInteger.valueOf(held(b.name())).multiply(dueA));
    }

    private void grant(Client c) {
        c.state = State.GRANTED;
        holders.add(c);
    }

    private void unqueue(Client c) {
        c.state = State.FREE;
        waiters.remove(c);
        if (waiters.stream().noneMatch(w -> w.className.equals(c.className) && w.source.equals(c.source))) {
            turns.get(c.className).remove(c.source);
        }
        if (waiting(c.className) == 0) {
            firstTimeout.remove(c.className);
        }
    }

    ClientClass limits(String name) {
        for (ClientClass c : plan.classes()) {
            if (c.name().equals(name)) {
                return c;
            }
        }
        throw new AssertionError(name);
    }

    int total() {
        return total;
    }

    int inUse() {
        return holders.size();
    }

    int held(String className) {
        return count(holders, className);
    }

    int waiting(String className) {
        return count(waiters, className);
    }

    private static int count(List<Client> clients, String className) {
        int n = 0;
        for (Client c : clients) {
            n += c.className.equals(className) ? 1 : 0;
        }
        return n;
    }

    List<Client> waiters() {
        return waiters;
    }
}
