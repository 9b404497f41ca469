package io.connbudget.proxy.operate;

/**
 * One client that waits for a backend, the longest wait first.
 *
 * @param id the client's id
 * @param waitMs how long it has waited, milliseconds
 * @param leftMs milliseconds until it is refused; an estimate, since overload shortens it
 * @param digest the statement that waits, with literals as {@code ?}
 */
public record WaiterRow(
        long id,
        String user,
        String clientClass,
        String addr,
        String applicationName,
        String remotePid,
        long waitMs,
        long leftMs,
        String digest) {}
