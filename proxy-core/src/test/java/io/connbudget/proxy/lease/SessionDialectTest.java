package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.session.ClientSession;
import io.connbudget.proxy.session.ConnectionCharset;
import io.connbudget.proxy.session.ServerProfile;
import io.connbudget.proxy.session.sql.SqlDialect;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A session that sets no SQL mode is read by the server's. */
final class SessionDialectTest {
    private static final ConnectionCharset CHARSET = ConnectionCharset.of(45, "utf8mb4", "utf8mb4_general_ci");

    private final ServerProfile profile = ServerProfile.of(
            "9.0.0",
            Set.of(),
            Map.of(45, CHARSET),
            45,
            CHARSET,
            "ANSI_QUOTES,IGNORE_SPACE,NO_BACKSLASH_ESCAPES",
            true,
            Map.of());
    private final ClientSession session = new ClientSession(1, "app", "app", 0, Map.of(), null, CHARSET, profile);

    @Test
    void theServersModeIsTheSessions() {
        SqlDialect dialect = new SessionDialect(profile).of(session);

        assertThat(dialect.ansiQuotes()).isTrue();
        assertThat(dialect.ignoreSpace()).isTrue();
        assertThat(dialect.noBackslashEscapes()).isTrue();
    }

    @Test
    void itsOwnModeComesFirst() {
        session.state(session.state().with("sql_mode", ""));

        assertThat(new SessionDialect(profile).of(session).ansiQuotes()).isFalse();
    }
}
