package io.connbudget.budget;

/**
 * The clients of one host or process inside a class. They wait in a line of their own, first come, first served; the class
 * serves its sources in turn, so a host with a thousand clients gets no more turns than a host with one.
 */
final class Source {
    final Object key;
    /** Place among the class's sources that have a waiter; whoever stands first has the next turn. */
    final Chain.Link<Source> turn = new Chain.Link<>(this);
    /** Waiters by {@link Permit#line}, oldest first. */
    final Chain<Permit> waiters = new Chain<>();

    int clients;
    int inUse;

    Source(Object key) {
        this.key = key;
    }
}
