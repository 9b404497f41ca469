package io.connbudget.proxy.lease;

import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.proxy.session.sql.Encoding;
import io.connbudget.proxy.session.sql.SqlDialect;
import io.connbudget.wire.ServerStatus;
import org.jspecify.annotations.Nullable;

/** The lexical rules of a session, remembered until its state changes. Owned by the client's event loop. */
final class SessionDialect {
    private final ServerProfile profile;
    private @Nullable SqlDialect dialect;
    private int dialectStatus;
    private @Nullable SessionState dialectOf;

    SessionDialect(ServerProfile profile) {
        this.profile = profile;
    }

    SqlDialect of(ClientSession session) {
        SessionState state = session.state();
        SqlDialect known = dialect;
        if (known != null && state.equals(dialectOf) && dialectStatus == session.status()) {
            return known;
        }
        String set = state.get("sql_mode");
        String mode = set == null ? profile.defaultSqlMode() : set;
        String charset = state.get(SessionState.CHARACTER_SET_CLIENT);
        SqlDialect fresh = new SqlDialect(
                profile.mariaDb(),
                profile.versionNumber(),
                mode.contains("ANSI_QUOTES"),
                (session.status() & ServerStatus.NO_BACKSLASH_ESCAPES) != 0,
                mode.contains("IGNORE_SPACE"),
                Encoding.ofCharacterSet(charset == null ? "utf8mb4" : charset));
        dialect = fresh;
        dialectOf = state;
        dialectStatus = session.status();
        return fresh;
    }
}
