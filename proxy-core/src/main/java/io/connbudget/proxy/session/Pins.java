package io.connbudget.proxy.session;

import java.util.EnumSet;
import java.util.Set;

/** The pin reasons of one session: a small mutable set, owned by the client's event loop, without allocation. */
public final class Pins {
    private static final PinReason[] REASONS = PinReason.values();

    private int mask;
    private long sinceNanos;

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

    /** Adds a reason; {@code nowNanos} (monotonic) is kept as the beginning when it is the first one. */
    public void add(PinReason reason, long nowNanos) {
        if (mask == 0) {
            sinceNanos = nowNanos;
        }
        mask |= reason.bit();
    }

    public void remove(PinReason reason) {
        mask &= ~reason.bit();
    }

    public void clear() {
        mask = 0;
    }

    /** Since when there has been a reason without interruption; monotonic nanoseconds. */
    public long sinceNanos() {
        return sinceNanos;
    }

    /** The first reason in declaration order; the set must not be empty. */
    public PinReason first() {
        for (PinReason reason : REASONS) {
            if (has(reason)) {
                return reason;
            }
        }
        throw new IllegalStateException("not pinned");
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

    @Override
    public String toString() {
        return reasons().toString();
    }
}
