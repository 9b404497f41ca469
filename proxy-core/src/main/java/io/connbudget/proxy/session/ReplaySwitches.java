package io.connbudget.proxy.session;

import java.util.Set;

/**
 * Which rules of replay and which pins are off: none in a proxy that serves. A test turns off one at a time and demands
 * that the comparison with a direct connection finds it.
 *
 * @param rulesOff what is not learnt
 * @param pinsOff what does not pin
 */
public record ReplaySwitches(Set<ReplayRule> rulesOff, Set<PinReason> pinsOff) {
    /** Every rule and every pin holds. */
    public static final ReplaySwitches ALL_ON = new ReplaySwitches(Set.of(), Set.of());

    boolean off(ReplayRule rule) {
        return rulesOff.contains(rule);
    }
}
