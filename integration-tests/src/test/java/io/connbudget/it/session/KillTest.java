package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** KILL by the ids that clients know, of this account's clients only, while their statement has the last backend of the budget. */
final class KillTest {
    /** One is kept for control. */
    private static final int ONE_BACKEND = 2;

    private static final byte OK = 0;
    private static final byte ERROR = (byte) 0xff;

    @OnEveryServer
    void killQueryEndsTheStatementAsTheServerDoes(TestDatabase database) throws Exception {
        InetSocketAddress server = new InetSocketAddress(
                database.server().host(), database.server().port());
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", ONE_BACKEND).start()) {
            assertThat(killed(database, proxy.address(), "KILL QUERY %d"))
                    .isEqualTo(killed(database, server, "KILL QUERY %d"));
        }
    }

    /** What the victim is answered; it can go on. */
    private static List<String> killed(TestDatabase database, InetSocketAddress address, String kill) throws Exception {
        try (RawClient victim = client(database, address);
                RawClient killer = client(database, address)) {
            CompletableFuture<List<byte[]>> answer = sleep(victim);
            awaitSleep(database);
            assertThat(query(killer, kill.formatted(victim.connectionId())).get(0)[1])
                    .isEqualTo(OK);
            List<String> shown = answer.get().stream()
                    .map(packet -> new String(packet, StandardCharsets.ISO_8859_1))
                    .toList();
            assertThat(query(victim, "SELECT 1")).hasSizeGreaterThan(1);
            return shown;
        }
    }

    @OnEveryServer
    void aProcessThatIsKilledIsGone(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", ONE_BACKEND).start();
                RawClient victim = client(database, proxy.address());
                RawClient killer = client(database, proxy.address())) {
            CompletableFuture<List<byte[]>> answer = sleep(victim);
            awaitSleep(database);
            int id = (int) victim.connectionId();
            byte[] body = {(byte) id, (byte) (id >> 8), (byte) (id >> 16), (byte) (id >> 24)};
            assertThat(killer.command(Command.PROCESS_KILL, body).get(0)[1]).isEqualTo(OK);

            // Whether the statement's error still comes is a race of the server's.
            assertThat(answer.handle((packets, ended) -> ended != null || packets.get(0)[1] == ERROR)
                            .get())
                    .isTrue();
            assertThatThrownBy(() -> query(victim, "SELECT 1")).isInstanceOf(IOException.class);
            assertThat(query(killer, "SELECT 1")).hasSizeGreaterThan(1);
        }
    }

    private static CompletableFuture<List<byte[]>> sleep(RawClient victim) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return query(victim, "SELECT SLEEP(12)");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static void awaitSleep(TestDatabase database) throws Exception {
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement()) {
            Await.until("the statement runs", () -> {
                try (ResultSet rows =
                        sql.executeQuery("SELECT COUNT(*) FROM information_schema.processlist WHERE user = '"
                                + database.user() + "' AND info = 'SELECT SLEEP(12)'")) {
                    return rows.next() && rows.getInt(1) == 1;
                }
            });
        }
    }

    private static List<byte[]> query(RawClient client, String sql) throws IOException {
        return client.command(Command.QUERY, sql.getBytes(StandardCharsets.UTF_8));
    }

    private static RawClient client(TestDatabase database, InetSocketAddress address) throws IOException {
        return new RawClient(
                address,
                new RawClient.Login(
                        database.user(),
                        database.password(),
                        database.schema(),
                        RawClient.BASE | Capabilities.DEPRECATE_EOF,
                        45));
    }
}
