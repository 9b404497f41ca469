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
        /** Null for one whose class has only a name. */
        String user;

        String className;
        State state = State.FREE;
        boolean left;
        boolean pinned;
        Refusal.Reason named;
        long since;
        long grantedAt;
        long idleSince;

        Client(int id, String user, String className, String source) {
            this.id = id;
            this.user = user;
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
    /** Holders that are silent, longest silence first. */
    private final List<Client> idle = new ArrayList<>();
    /** Who has come and has not left. */
    private final List<Client> present = new ArrayList<>();
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

    /** The class of the first rule that matches: those of the plan, then those of each class, then the default class. */
    String classify(String user) {
        for (Assignment rule : plan.assignments()) {
            if (isFor(rule.rule(), user)) {
                return rule.clientClass();
            }
        }
        for (ClientClass c : plan.classes()) {
            for (Rule rule : c.rules()) {
                if (isFor(rule, user) && !c.isDefault()) {
                    return c.name();
                }
            }
        }
        return ClientClass.DEFAULT_NAME;
    }

    private static boolean isFor(Rule rule, String user) {
        return rule.user() == null || rule.user().equals("*") || rule.user().equals(user);
    }

    boolean admits(String className) {
        return present.size() < plan.maxClients() && hasRoom(className);
    }

    private boolean hasRoom(String className) {
        return count(present, className) < limits(className).maxClients();
    }

    void come(Client c) {
        present.add(c);
    }

    /** What is held stays held. */
    void leave(Client c) {
        cancel(c);
        present.remove(c);
        c.left = true;
    }

    /** Whether the class of the user takes one more. */
    boolean changeUser(Client c, String user) {
        String target = classify(user);
        if (!target.equals(c.className) && !hasRoom(target)) {
            return false;
        }
        c.user = user;
        c.className = target;
        return true;
    }

    void pin(Client c, boolean value) {
        c.pinned = c.state == State.GRANTED ? value : c.pinned;
    }

    void silent(Client c, long now) {
        if (c.state == State.GRANTED && !idle.contains(c)) {
            c.idleSince = now;
            idle.add(c);
        }
    }

    void active(Client c) {
        if (idle.remove(c) && c.named != Refusal.Reason.TRANSACTION_TIME) {
            c.named = null;
        }
    }

    /** Names the holder that is to give its permit, or nobody: null. */
    Client reclaim(long now) {
        if (total == 0 || holders.stream().filter(c -> c.named != null).count() >= waiters.size()) {
            return null;
        }
        Client chosen = null;
        for (ClientClass c : plan.classes()) {
            Client over = mayBeAsked(c) ? overLimit(c, now) : null;
            if (over != null && (chosen == null || comesLater(c, limits(chosen.className)))) {
                chosen = over;
            }
        }
        if (chosen != null) {
            ClientClass c = limits(chosen.className);
            chosen.named = isIdleTooLong(chosen, c, now)
                    ? Refusal.Reason.IDLE_IN_TRANSACTION
                    : isHeldTooLong(chosen, c, now) ? Refusal.Reason.TRANSACTION_TIME : Refusal.Reason.PIN_QUOTA;
        }
        return chosen;
    }

    private boolean mayBeAsked(ClientClass giver) {
        if (waiting(giver.name()) > 0) {
            return true;
        }
        for (ClientClass c : plan.classes()) {
            if (holders.size() >= total
                    && held(giver.name()) > giver.guaranteed()
                    && waiting(c.name()) > 0
                    && held(c.name()) < c.max()
                    && rank(c, giver) < 0) {
                return true;
            }
        }
        return false;
    }

    private boolean comesLater(ClientClass a, ClientClass b) {
        int rank = rank(a, b);
        return rank != 0
                ? rank > 0
                : tieTurns.getOrDefault(a.name(), BigInteger.ZERO)
                                .compareTo(tieTurns.getOrDefault(b.name(), BigInteger.ZERO))
                        > 0;
    }

    private Client overLimit(ClientClass c, long now) {
        List<Client> ofClass =
                holders.stream().filter(h -> h.className.equals(c.name())).toList();
        long pins = ofClass.stream().filter(h -> h.pinned).count();
        long named = ofClass.stream().filter(h -> h.named != null).count();
        for (Client h : idle) {
            if (h.className.equals(c.name())
                    && h.named == null
                    && ((h.pinned && pins - named > c.maxPinned()) || isIdleTooLong(h, c, now))) {
                return h;
            }
        }
        return ofClass.stream()
                .filter(h -> h.named == null && isHeldTooLong(h, c, now))
                .findFirst()
                .orElse(null);
    }

    private boolean isIdleTooLong(Client h, ClientClass c, long now) {
        long limit = c.idleInTransactionTimeout().toNanos();
        return limit > 0 && idle.contains(h) && now - h.idleSince >= limit;
    }

    private static boolean isHeldTooLong(Client h, ClientClass c, long now) {
        long limit = c.maxTransactionTime().toNanos();
        return limit > 0 && now - h.grantedAt >= limit;
    }

    Decision request(Client c, long now) {
        ClientClass limits = limits(c.className);
        if (holders.size() < total && held(c.className) < limits.max()) {
            grant(c, now);
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
            idle.remove(c);
            c.pinned = false;
            c.named = null;
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

    void reload(BudgetPlan value, int working, List<Client> everyone, long now) {
        // Classes that join are merged by time; those of one moment stay in the order of the old plan's classes.
        List<String> oldNames = plan.classes().stream().map(ClientClass::name).toList();
        Comparator<Client> byOldClass = Comparator.comparing(c -> oldNames.indexOf(c.className));
        waiters.sort(Comparator.<Client>comparingLong(c -> c.since).thenComparing(byOldClass));
        holders.sort(Comparator.<Client>comparingLong(c -> c.grantedAt).thenComparing(byOldClass));
        idle.sort(Comparator.<Client>comparingLong(c -> c.idleSince).thenComparing(byOldClass));
        firstTimeout.clear();
        plan = value;
        total = working;
        List<String> names = value.classes().stream().map(ClientClass::name).toList();
        for (Client c : everyone) {
            c.className = c.user != null
                    ? classify(c.user)
                    : names.contains(c.className) ? c.className : ClientClass.DEFAULT_NAME;
        }
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
            List<ClientClass> able = new ArrayList<>();
            for (ClientClass c : plan.classes()) {
                if (waiting(c.name()) > 0 && held(c.name()) < c.max()) {
                    able.add(c);
                }
            }
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
            grant(next, now);
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

    private void grant(Client c, long now) {
        c.grantedAt = now;
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

    int clients(String className) {
        return count(present, className);
    }

    int idle(String className) {
        return count(idle, className);
    }
}
