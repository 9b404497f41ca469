package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.session.ConnectionCharset;
import io.connbudget.proxy.session.SessionState;
import io.connbudget.proxy.session.StatementText;
import io.connbudget.proxy.session.sql.StatementFacts;
import io.connbudget.wire.Command;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PendingCommandTest {
    private static final byte[] SQL = "SELECT 'a'".getBytes(StandardCharsets.US_ASCII);

    /** It came while the backend was read, and two texts of one collation would be one statement at the backend. */
    @Test
    void aStatementIsPreparedUnderTheCollationThatWasRead() {
        SessionState known = SessionState.atLogin("s", ConnectionCharset.of(45, "utf8mb4", "utf8mb4_general_ci"));
        SessionState read = known.with(SessionState.COLLATION_CONNECTION, "utf8mb4_bin");
        PendingCommand pending = new PendingCommand();
        pending.set(Command.STMT_PREPARE, StatementFacts.PLAIN, Unpooled.EMPTY_BUFFER);
        pending.text = new StatementText(SQL, known, StatementFacts.PLAIN);

        pending.stateRead(read);

        assertThat(pending.text)
                .isEqualTo(new StatementText(SQL, read, StatementFacts.PLAIN))
                .isNotEqualTo(new StatementText(SQL, known, StatementFacts.PLAIN));
    }
}
