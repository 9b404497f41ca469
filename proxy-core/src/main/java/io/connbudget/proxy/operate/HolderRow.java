package io.connbudget.proxy.operate;

/**
 * One client that holds a part of the budget. First come those whose end would free the most: silent ones, in groups of one program on one host
 * that are silent for the same reason, the largest group first.
 *
 * @param id the client's id, for KILL
 * @param clientClass column {@code client_class}
 * @param remotePid the process, where the driver tells it
 * @param state {@code running}, {@code in_transaction} (silent, with an open transaction) or {@code pinned} (silent, for another reason)
 * @param heldMs how long it has held the backend, milliseconds
 * @param silentMs how long the client has sent nothing, milliseconds; 0 while a statement runs
 * @param reasons why it keeps the backend, separated by commas; empty for a single statement
 * @param frees how many backends the end of all holders of this group would free; 0 while a statement runs
 * @param link the database's id of the backend
 * @param digest its last statement, with literals as {@code ?}
 */
public record HolderRow(
        String clientClass,
        long id,
        String user,
        String addr,
        String applicationName,
        String remotePid,
        String state,
        long heldMs,
        long silentMs,
        String reasons,
        int frees,
        long link,
        String digest) {}
