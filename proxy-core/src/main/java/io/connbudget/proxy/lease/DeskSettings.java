package io.connbudget.proxy.lease;

import java.time.Duration;

/**
 * Times and ways of the desk.
 *
 * @param linger how long a backend that nobody waits for stays out of the pool
 * @param maxLease age of a borrow after which a backend goes back to the pool when nobody waits
 * @param maxLifetime age of a borrow after which it goes back in any case
 * @param queueTimeout how long a lease that has its permit may wait for a backend
 * @param eager whether a session must not get the backend that it had last, if there is another
 */
public record DeskSettings(
        Duration linger, Duration maxLease, Duration maxLifetime, Duration queueTimeout, boolean eager) {}
