package io.connbudget.proxy.operate;

import org.jspecify.annotations.Nullable;

/**
 * One client connection that has logged in.
 *
 * @param id what CONNECTION_ID() shows to the client and KILL takes
 * @param database the session's current schema; empty without one
 * @param clientClass column {@code client_class}
 * @param state {@code idle}, {@code waiting}, {@code active} (a statement runs) or {@code held} (silent while it holds a backend)
 * @param connectTime date and time of the connection, UTC
 * @param requestTime date and time of the last command, UTC; empty before the first
 * @param waitSeconds column {@code wait}: whole seconds that it has waited for a backend; 0 if it does not wait
 * @param waitUs the fraction of {@code waitSeconds} in microseconds
 * @param link the database's id of the backend that it holds; null without one
 * @param remotePid {@code _pid} of its connection attributes; empty where the driver sends none
 * @param applicationName {@code program_name} of its connection attributes, else {@code _client_name}; empty where neither was sent
 * @param pins why the session keeps its backend, separated by commas
 * @param digest its last statement with literals as {@code ?}
 */
public record ClientRow(
        long id,
        String user,
        String database,
        String clientClass,
        String state,
        String addr,
        int port,
        String connectTime,
        String requestTime,
        @Named("wait") long waitSeconds,
        long waitUs,
        @Nullable Long link,
        String remotePid,
        String applicationName,
        boolean tls,
        String pins,
        String digest) {}
