package io.connbudget.proxy.operate;

import org.jspecify.annotations.Nullable;

/**
 * One physical connection to the database.
 *
 * @param state {@code login}, {@code idle} (in HikariCP), {@code warm} (borrowed, nobody has it), {@code active} or {@code closing}
 * @param connectTime date and time of the connection, UTC
 * @param ageSeconds its age
 * @param link id of the client that holds it; null where none does
 * @param remotePid the database's id of it, as in its processlist; 0 while it logs in
 */
public record ServerRow(
        String user,
        String state,
        String addr,
        int port,
        String connectTime,
        long ageSeconds,
        @Nullable Long link,
        long remotePid,
        boolean tls) {}
