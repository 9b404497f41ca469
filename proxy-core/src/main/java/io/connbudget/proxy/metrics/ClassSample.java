package io.connbudget.proxy.metrics;

/**
 * One client class at one moment.
 *
 * @param name value of the tag {@code class}
 * @param inUse permits in use
 * @param waiting waiters
 * @param oldestWaitNanos of the oldest waiter, 0 without one
 */
public record ClassSample(String name, int inUse, int waiting, long oldestWaitNanos) {}
