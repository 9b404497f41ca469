package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.proxy.session.ReplayRule;
import io.connbudget.proxy.session.ReplaySwitches;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A fault of the proxy's own, where it brings a command to a backend, costs the client whose command it was its connection, and
 * nobody a place in the budget. The fault is an execution of what the backend has not prepared, by a rule that is off.
 */
final class FaultTest {
    private static final ReplaySwitches FAULTY = new ReplaySwitches(Set.of(ReplayRule.PREPARED_STATEMENTS), Set.of());
    private static final int BUDGET = 3;

    @OnEveryServer
    void aFaultCostsOneConnection(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", BUDGET, FAULTY).start();
                Connection other = connect(database, proxy)) {
            for (int i = 0; i < 2 * BUDGET; i++) {
                Connection client = connect(database, proxy);
                PreparedStatement prepared = client.prepareStatement("SELECT " + i);
                Await.until("a backend without it is there", () -> fails(prepared));
                assertThat(client.isValid(5)).isFalse();
                client.close();
            }
            assertServes(other);
            Await.until("no client has a backend", () -> proxy.leases() == 0);
        }
    }

    @OnEveryServer
    void aFaultInTheNameOfAClientThatWaitedCostsNoOtherItsConnection(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 1, FAULTY).start();
                Connection holder = connect(database, proxy);
                Connection client = connect(database, proxy)) {
            PreparedStatement prepared = client.prepareStatement("SELECT 1");
            resetBackend(database, proxy);
            begin(holder);
            CompletableFuture<Void> execution = CompletableFuture.runAsync(() -> {
                try {
                    prepared.executeQuery().close();
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            Await.until("the client waits", () -> proxy.waiters() == 1);
            end(holder);

            assertThatThrownBy(() -> execution.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
            assertThat(client.isValid(5)).isFalse();
            assertServes(holder);
            Await.until("no client has a backend", () -> proxy.leases() == 0);
        }
    }

    private static boolean fails(PreparedStatement prepared) {
        try {
            prepared.executeQuery().close();
            return false;
        } catch (SQLException e) {
            return true;
        }
    }

    /** What a client that leaves in a transaction had is reset, and with it what the backend has prepared. */
    private static void resetBackend(TestDatabase database, InProcessProxy proxy) throws Exception {
        try (Connection gone = connect(database, proxy)) {
            begin(gone);
        }
        Await.until("the backend is reset", () -> proxy.leases() == 0);
    }

    private static void begin(Connection client) throws SQLException {
        try (Statement sql = client.createStatement()) {
            sql.execute("START TRANSACTION");
        }
    }

    private static void end(Connection client) throws SQLException {
        try (Statement sql = client.createStatement()) {
            sql.execute("COMMIT");
        }
    }

    private static void assertServes(Connection client) throws SQLException {
        try (Statement sql = client.createStatement();
                ResultSet row = sql.executeQuery("SELECT COUNT(*) FROM information_schema.schemata")) {
            assertThat(row.next()).isTrue();
        }
    }

    private static Connection connect(TestDatabase database, InProcessProxy proxy) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mysql://127.0.0.1:" + proxy.address().getPort()
                        + "/?sslMode=DISABLED&allowPublicKeyRetrieval=true&useServerPrepStmts=true&socketTimeout=20000",
                database.user(),
                database.password());
    }
}
