package io.connbudget.proxy.backend;

/**
 * One physical connection at one moment, for operators.
 *
 * @param serverId the server's id of it; 0 before its greeting
 * @param host where it is connected to; empty before that
 * @param port of that; 0 before that
 * @param phase what its permit is counted as
 * @param openedNanos {@link System#nanoTime} of the attempt to connect
 */
public record BackendFacts(
        long serverId, String host, int port, PhysicalPermits.Phase phase, long openedNanos, boolean encrypted) {}
