package io.connbudget.proxy.session.sql;

/**
 * What a {@code KILL} with a literal number names.
 *
 * @param id the connection's id as the client wrote it
 * @param query whether only the statement is to end ({@code KILL QUERY}), not the connection
 */
public record KillTarget(long id, boolean query) {}
