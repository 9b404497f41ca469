package io.connbudget.proxy.session;

import java.util.Set;

/**
 * Which rules of replay and which pins are off: none in a proxy that serves. A test turns off one at a time and demands
 * that the comparison with a direct connection finds it; a benchmark turns off all of it, to show what it costs.
 *
 * @param rulesOff what is not learnt
 * @param pinsOff what does not pin
 * @param observing whether statements are read and servers asked to announce changes
 */
public record ReplaySwitches(Set<ReplayRule> rulesOff, Set<PinReason> pinsOff, boolean observing) {
    /** Every rule and every pin holds. */
    public static final ReplaySwitches ALL_ON = new ReplaySwitches(Set.of(), Set.of());

    /** Nothing is known of sessions but what the status flags say: right only for statements that leave nothing behind. */
    public static final ReplaySwitches UNOBSERVED = new ReplaySwitches(Set.of(), Set.of(), false);

    public ReplaySwitches(Set<ReplayRule> rulesOff, Set<PinReason> pinsOff) {
        this(rulesOff, pinsOff, true);
    }

    /** Whether the rule does not hold. */
    public boolean off(ReplayRule rule) {
        return rulesOff.contains(rule);
    }
}
