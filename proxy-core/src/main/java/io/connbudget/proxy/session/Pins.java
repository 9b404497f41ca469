package io.connbudget.proxy.session;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The pin reasons of one session, since when each holds and which statement brought it: a small mutable set, owned by the
 * client's event loop. A pin by a transaction costs no allocation.
 */
public final class Pins {
    /**
     * One reason to keep the backend.
     *
     * @param sinceNanos monotonic
     * @param statement that brought it, without literals; empty where it is not known
     */
    public record Pin(PinReason reason, long sinceNanos, String statement) {}

    private static final PinReason[] REASONS = PinReason.values();

    private int mask;
    /** Reasons that do not pin; see {@link ReplaySwitches}. */
    private int ignored;

    /** Reasons since the last {@link #explain}, transactions left out. */
    private int fresh;

    private long sinceNanos;
    private long transactionSinceNanos;
    private long @Nullable [] reasonSinceNanos;
    private @Nullable String @Nullable [] statements;

    public boolean isEmpty() {
        return mask == 0;
    }

    public boolean has(PinReason reason) {
        return (mask & reason.bit()) != 0;
    }

    /** Whether this is the one reason. */
    public boolean only(PinReason reason) {
        return mask == reason.bit();
    }

    /** Adds a reason; {@code nowNanos} (monotonic) is kept as its beginning when it is not there yet. */
    public void add(PinReason reason, long nowNanos) {
        if (((mask | ignored) & reason.bit()) != 0) {
            return;
        }
        if (mask == 0) {
            sinceNanos = nowNanos;
        }
        mask |= reason.bit();
        if (reason == PinReason.TRANSACTION) {
            transactionSinceNanos = nowNanos;
            return;
        }
        fresh |= reason.bit();
        if (reasonSinceNanos == null) {
            reasonSinceNanos = new long[REASONS.length];
        }
        reasonSinceNanos[reason.place()] = nowNanos;
    }

    /** Makes some reasons pin no more. */
    void ignore(Set<PinReason> reasons) {
        for (PinReason reason : reasons) {
            ignored |= reason.bit();
        }
    }

    /** Whether a reason is there that stays with a session that is reset: it has a role or a resource group. */
    public boolean keptByReset() {
        return has(PinReason.ROLE) || has(PinReason.RESOURCE_GROUP);
    }

    /** Removes all reasons that COM_RESET_CONNECTION ends at the server. */
    void reset() {
        mask &= PinReason.ROLE.bit() | PinReason.RESOURCE_GROUP.bit();
        fresh &= mask;
    }

    public void remove(PinReason reason) {
        mask &= ~reason.bit();
        fresh &= ~reason.bit();
    }

    public void clear() {
        mask = 0;
        fresh = 0;
    }

    /** Since when there has been a reason without interruption; monotonic nanoseconds. */
    public long sinceNanos() {
        return sinceNanos;
    }

    /** Whether reasons other than a transaction have come since the last {@link #explain}. */
    public boolean unexplained() {
        return fresh != 0;
    }

    /** Names the statement that brought the reasons that have come since the last call. */
    public void explain(String statement) {
        if (statements == null) {
            statements = new @Nullable String[REASONS.length];
        }
        for (PinReason reason : REASONS) {
            if ((fresh & reason.bit()) != 0) {
                statements[reason.place()] = statement;
            }
        }
        fresh = 0;
    }

    /** The first reason in declaration order, or null; other threads may ask too, and get what was so a moment ago. */
    public @Nullable PinReason first() {
        int seen = mask;
        for (PinReason reason : REASONS) {
            if ((seen & reason.bit()) != 0) {
                return reason;
            }
        }
        return null;
    }

    public Set<PinReason> reasons() {
        EnumSet<PinReason> set = EnumSet.noneOf(PinReason.class);
        for (PinReason reason : REASONS) {
            if (has(reason)) {
                set.add(reason);
            }
        }
        return set;
    }

    /** All reasons with what explains them, for whoever asks why. */
    public List<Pin> all() {
        List<Pin> all = new ArrayList<>(2);
        for (PinReason reason : REASONS) {
            if (has(reason)) {
                String statement = statements == null ? null : statements[reason.place()];
                boolean transaction = reason == PinReason.TRANSACTION;
                long since = transaction || reasonSinceNanos == null
                        ? transactionSinceNanos
                        : reasonSinceNanos[reason.place()];
                all.add(new Pin(reason, since, transaction || statement == null ? "" : statement));
            }
        }
        return all;
    }

    /**
     * Whether the session may have taken a role: by a statement, or in code or a statement that could not be seen. Servers keep
     * roles over COM_RESET_CONNECTION.
     */
    public boolean mayHaveRole() {
        return has(PinReason.ROLE) || has(PinReason.HIDDEN_STATE) || has(PinReason.UNREADABLE_STATEMENT);
    }

    /** Whether the session holds what servers do not give up in a session that is reset. */
    public boolean outlivesReset() {
        return has(PinReason.XA) || has(PinReason.RESOURCE_GROUP);
    }

    /** The statements that brought the pins, without literals, each once, separated by semicolons; none for a transaction. */
    public String broughtBy() {
        return mask == 0
                ? ""
                : all().stream()
                        .map(Pin::statement)
                        .filter(statement -> !statement.isEmpty())
                        .distinct()
                        .collect(Collectors.joining("; "));
    }

    @Override
    public String toString() {
        return reasons().toString();
    }
}
