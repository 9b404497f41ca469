package io.connbudget.budget.planning;

import io.connbudget.budget.Refusal;
import java.util.EnumMap;
import java.util.Map;

/** What became of a load: filled by {@link Simulation}, read afterwards. */
public final class LoadResult {
    private final String name;
    private final String clientClass;
    private final WaitHistogram waits = new WaitHistogram();
    private final Map<Refusal.Reason, Long> refusals = new EnumMap<>(Refusal.Reason.class);
    private long heldNanos;

    LoadResult(String name, String clientClass) {
        this.name = name;
        this.clientClass = clientClass;
    }

    void granted(long waitNanos, long holdNanos) {
        waits.add(waitNanos);
        heldNanos += holdNanos;
    }

    void refused(Refusal refusal) {
        refusals.merge(refusal.reason(), 1L, Long::sum);
    }

    void addAll(LoadResult other) {
        waits.addAll(other.waits);
        other.refusals.forEach((reason, n) -> refusals.merge(reason, n, Long::sum));
        heldNanos += other.heldNanos;
    }

    public String name() {
        return name;
    }

    public String clientClass() {
        return clientClass;
    }

    /** Waits of the requests that were granted; a request that did not wait counts with 0. */
    public WaitHistogram waits() {
        return waits;
    }

    /** Refusals by reason; a client of a closed load that may not come in counts once. */
    public Map<Refusal.Reason, Long> refusals() {
        return Map.copyOf(refusals);
    }

    public long refused() {
        return refusals.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Time that permits were held by transactions that were granted before the end, in all. */
    public long heldNanos() {
        return heldNanos;
    }
}
