package io.connbudget.budget;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Compares queue disciplines under overload, on virtual time, with a fixed seed; the numbers stand in ADR 10. Run it by
 *
 * <pre>mvn -q -pl budget-policy test-compile exec:exec@disciplines</pre>
 */
public final class QueueDisciplineSimulation {
    private static final int BACKENDS = 16;
    private static final double SERVICE_MS = 5;
    private static final double TIMEOUT_MS = 10_000;
    /** What the application's own read timeout allows; a later answer is of no use to it. */
    private static final double PATIENCE_MS = 5_000;

    enum Discipline {
        FIFO("FIFO, deadline"),
        CODEL("CoDel (1 s target after 1 s of queue)"),
        LIFO("LIFO after 1 s of queue"),
        STEP("FIFO, a quarter of the deadline after a time-out"),
        SUSTAINED("FIFO, a quarter of the deadline 10 s after a time-out");

        final String title;

        Discipline(String title) {
            this.title = title;
        }
    }

    /** @param rate arrivals per second at a time in ms; @param clients closed-loop clients that ask again at once, 0 for none */
    private record Load(String title, double endMs, java.util.function.DoubleUnaryOperator rate, int clients) {}

    public static void main(String[] args) {
        double capacity = BACKENDS * 1_000 / SERVICE_MS;
        List<Load> loads = List.of(
                new Load("150 % for 60 s, then 50 %", 100_000, t -> t < 60_000 ? 1.5 * capacity : 0.5 * capacity, 0),
                new Load("150 % for 25 s, then 50 %", 80_000, t -> t < 25_000 ? 1.5 * capacity : 0.5 * capacity, 0),
                new Load(
                        "5 s of work within 1 s, else 30 %", 30_000, t -> t < 1_000 ? 5 * capacity : 0.3 * capacity, 0),
                new Load("12,800 clients that ask again at once", 60_000, t -> 0, 12_800));
        System.out.println(
                "| load | discipline | served | within 5 s | refused | p50 wait ms | p99 wait ms | max wait ms |"
                        + " p50 wait of the refused ms |");
        System.out.println("|---|---|---:|---:|---:|---:|---:|---:|---:|");
        for (Load load : loads) {
            for (Discipline d : Discipline.values()) {
                System.out.println(new QueueDisciplineSimulation(d, load).run());
            }
        }
    }

    private record Event(double at, boolean arrival) {}

    private final Discipline discipline;
    private final Load load;
    private final SplittableRandom random = new SplittableRandom(42);
    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> Double.compare(a.at, b.at));
    private final ArrayDeque<Double> queue = new ArrayDeque<>();
    private final List<Double> served = new ArrayList<>();
    private final List<Double> refused = new ArrayList<>();
    private int busy;
    private double lastEmpty;
    private double firstTimeout = Double.NaN;

    private QueueDisciplineSimulation(Discipline discipline, Load load) {
        this.discipline = discipline;
        this.load = load;
    }

    private String run() {
        for (int i = 0; i < load.clients; i++) {
            arrive(random.nextDouble() * 1_000);
        }
        if (load.clients == 0) {
            arrive(0);
        }
        for (Event e = events.poll(); e != null && e.at < load.endMs; e = events.poll()) {
            if (e.arrival) {
                queue.addLast(e.at);
                if (load.clients == 0) {
                    arrive(e.at + exponential(1_000 / load.rate.applyAsDouble(e.at)));
                }
            } else {
                busy--;
                again(e.at);
            }
            refuseLate(e.at);
            serve(e.at);
        }
        return report();
    }

    private void arrive(double at) {
        events.add(new Event(at, true));
    }

    private void again(double at) {
        if (load.clients > 0) {
            arrive(at + 0.2);
        }
    }

    private void refuseLate(double now) {
        while (!queue.isEmpty() && now - queue.peekFirst() >= timeout(now)) {
            double waited = now - queue.pollFirst();
            refused.add(waited);
            if (Double.isNaN(firstTimeout)) {
                firstTimeout = now;
            }
            // A refused worker raises an exception and comes back after a pause.
            if (load.clients > 0) {
                arrive(now + 1_000);
            }
        }
    }

    private double timeout(double now) {
        boolean standing = now - lastEmpty > 1_000;
        return switch (discipline) {
            case FIFO, LIFO -> TIMEOUT_MS;
            case CODEL -> standing ? 1_000 : TIMEOUT_MS;
            case STEP -> Double.isNaN(firstTimeout) ? TIMEOUT_MS : TIMEOUT_MS / 4;
            case SUSTAINED -> now - firstTimeout >= TIMEOUT_MS ? TIMEOUT_MS / 4 : TIMEOUT_MS;
        };
    }

    private void serve(double now) {
        while (busy < BACKENDS && !queue.isEmpty()) {
            boolean newest = discipline == Discipline.LIFO && now - lastEmpty > 1_000;
            double since = newest ? queue.pollLast() : queue.pollFirst();
            served.add(now - since);
            busy++;
            events.add(new Event(now + exponential(SERVICE_MS), false));
        }
        if (queue.isEmpty()) {
            lastEmpty = now;
            firstTimeout = Double.NaN;
        }
    }

    private double exponential(double mean) {
        return -mean * Math.log(1 - random.nextDouble());
    }

    private String report() {
        Collections.sort(served);
        Collections.sort(refused);
        long useful = served.stream().filter(w -> w <= PATIENCE_MS).count();
        return String.format(
                Locale.ROOT,
                "| %s | %s | %,d | %,d | %,d | %,.0f | %,.0f | %,.0f | %,.0f |",
                load.title,
                discipline.title,
                served.size(),
                useful,
                refused.size(),
                at(served, 0.5),
                at(served, 0.99),
                at(served, 1),
                at(refused, 0.5));
    }

    private static double at(List<Double> sorted, double quantile) {
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1, quantile * sorted.size()));
    }
}
