package io.connbudget.proxy.operate;

/**
 * One session that keeps its backend, the longest first.
 *
 * @param id the client's id
 * @param reasons separated by commas
 * @param pinnedMs since when without interruption, milliseconds
 * @param silentMs how long the client has sent nothing, milliseconds; 0 while a statement runs
 * @param link the database's id of the backend
 * @param digest of the client's last statement
 * @param pinnedBy the statements that brought the reasons, without literals, separated by semicolons; none for a transaction
 */
public record PinRow(
        long id,
        String user,
        String clientClass,
        String addr,
        String applicationName,
        String remotePid,
        String reasons,
        long pinnedMs,
        long silentMs,
        long link,
        String digest,
        String pinnedBy) {}
