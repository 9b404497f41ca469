package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A server's {@code max_prepared_stmt_count} bounds what backends have prepared, not what clients have. */
final class PreparedStatementLimitTest {
    private static final int STATEMENTS = 40;
    /** What {@link InProcessProxy} lets a backend keep. */
    private static final int A_BACKEND = 4;

    private static final int BUDGET = 2;
    /** For a statement that comes before the one in whose place it is has been closed. */
    private static final int ONE_MORE_A_BACKEND = BUDGET;

    @OnEveryServer
    void clientsHoldMoreStatementsThanTheServerWould(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", BUDGET).start();
                Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement()) {
            long allowed = number(sql, "SELECT @@GLOBAL.max_prepared_stmt_count", 1);
            long before = number(sql, "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'", 2);
            sql.execute("SET GLOBAL max_prepared_stmt_count = " + (before + BUDGET * A_BACKEND + ONE_MORE_A_BACKEND));
            try {
                InetSocketAddress direct = new InetSocketAddress(
                        database.server().host(), database.server().port());
                assertThatThrownBy(() -> prepareAndExecute(database, direct))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("max_prepared_stmt_count");
                prepareAndExecute(database, proxy.address());
            } finally {
                sql.execute("SET GLOBAL max_prepared_stmt_count = " + allowed);
            }
        }
    }

    private static void prepareAndExecute(TestDatabase database, InetSocketAddress address) throws SQLException {
        String url = "jdbc:mysql://" + address.getHostString() + ":" + address.getPort() + "/" + database.schema()
                + "?useServerPrepStmts=true&allowPublicKeyRetrieval=true&emulateUnsupportedPstmts=false";
        try (Connection client = DriverManager.getConnection(url, database.user(), database.password())) {
            List<PreparedStatement> statements = new ArrayList<>();
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < STATEMENTS; i++) {
                    if (round == 0) {
                        statements.add(client.prepareStatement("SELECT ? + " + i));
                    }
                    statements.get(i).setInt(1, 1000 * round);
                    try (ResultSet row = statements.get(i).executeQuery()) {
                        assertThat(row.next()).isTrue();
                        assertThat(row.getInt(1)).isEqualTo(1000 * round + i);
                    }
                }
            }
        }
    }

    private static long number(Statement sql, String query, int column) throws SQLException {
        try (ResultSet row = sql.executeQuery(query)) {
            row.next();
            return row.getLong(column);
        }
    }
}
