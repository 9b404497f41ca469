package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.MockDatabase.Trap;
import io.connbudget.proxy.testing.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** COM_STMT_SEND_LONG_DATA, which is never answered, beyond what the proxy keeps; and other commands as long. */
class LongDataTest {
    private static final int PREPARE = 0x16;
    private static final int EXECUTE = 0x17;
    private static final int SEND_LONG_DATA = 0x18;
    private static final int MORE_THAN_IS_KEPT = 2 << 20;
    private static final int MORE_THAN_BUFFERS_TAKE = 12 << 20;
    private static final int SEVERAL_PACKETS = 40_000_000;
    private static final int A_PART = 600_000;
    /** The mock's id of a statement, and the number of a parameter. */
    private static final String AT_THE_MOCK = "SEND_LONG_DATA \7\0\0\0\0\0";

    private static final int QUEUE_TIMEOUT = 1040;
    private static final int BACKEND_LOST = 2013;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void waitsForABackendThatTakesNoMore(int loops) throws Exception {
        assertPassedOn(loops, MORE_THAN_BUFFERS_TAKE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void streamsThatOfSeveralPackets(int loops) throws Exception {
        assertPassedOn(loops, SEVERAL_PACKETS);
    }

    private static void assertPassedOn(int loops, int length) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = proxy.client()) {
            String id = prepare(client);
            database.trap(AT_THE_MOCK + "first", Trap.HANG);
            CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
                try {
                    client.raw(longData(id, "first", MORE_THAN_IS_KEPT));
                    client.raw(longData(id, "second", length));
                    client.raw(execution(id));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Eventually.await("the database takes no more", () -> database.sprung() == 1);
            database.trap(AT_THE_MOCK + "second" + "x".repeat(length) + "end", Trap.HANG);
            database.release();
            written.get(20, TimeUnit.SECONDS);
            assertThat(client.answer().error()).isZero();
            assertThat(database.sprung())
                    .as("all of it came, for the backend's statement")
                    .isEqualTo(2);
        }
    }

    @Test
    void thatOfNoStatementIsSkipped() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options());
                RawClient client = proxy.client()) {
            client.raw(longData("\7\7\7\7", "first", SEVERAL_PACKETS));
            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {MORE_THAN_IS_KEPT, SEVERAL_PACKETS})
    void whatFindsNoBackendIsToldByTheExecution(int length) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().queue(10, Duration.ofMillis(200)));
                RawClient holder = proxy.client();
                RawClient client = proxy.client()) {
            String id = prepare(client);
            holder.query("BEGIN");
            byte[] data = longData(id, "first", length);
            client.raw(Arrays.copyOf(data, Math.min(data.length, MORE_THAN_IS_KEPT + 100)));
            Eventually.await("the wait is over", () -> !proxy.events.isEmpty());
            client.raw(Arrays.copyOfRange(data, Math.min(data.length, MORE_THAN_IS_KEPT + 100), data.length));
            holder.query("COMMIT");
            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
            database.trap("SEND_LONG_DATA", Trap.HANG);
            client.raw(longData(id, "more of it", length));
            client.raw(execution(id));
            assertThat(client.answer().error()).isEqualTo(QUEUE_TIMEOUT);
            assertThat(database.sprung()).as("an end without its beginning").isZero();
            database.clearTraps();
            database.trap(AT_THE_MOCK + "again" + "x".repeat(length) + "end", Trap.HANG);
            database.release();
            client.raw(longData(id, "again", length));
            client.raw(execution(id));
            assertThat(client.answer().error()).isZero();
            assertThat(database.sprung()).isEqualTo(1);
        }
    }

    @Test
    void whatIsKeptIsUsedUpByAnExecutionThatFindsNoBackend() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().queue(10, Duration.ofMillis(200)));
                RawClient holder = proxy.client();
                RawClient client = proxy.client()) {
            String id = prepare(client);
            holder.query("BEGIN");
            client.raw(longData(id, "kept", 1000));
            client.raw(execution(id));
            assertThat(client.answer().error()).isEqualTo(QUEUE_TIMEOUT);
            holder.query("COMMIT");
            database.trap("kept", Trap.CLOSE);
            client.raw(execution(id));
            assertThat(client.answer().error()).isZero();
            assertThat(database.sprung()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void backendThatIsLostInTheMiddleIsToldByTheExecution(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = proxy.client()) {
            String id = prepare(client);
            loseInTheMiddle(database, proxy, client, id);
            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
            client.raw(execution(id));
            assertThat(client.answer().error()).isEqualTo(BACKEND_LOST);
            client.raw(execution(id));
            assertThat(client.answer().error()).isZero();
            client.close();
            proxy.awaitWhole();
        }
    }

    @Test
    void transactionThatIsLostInTheMiddleIsToldByTheNextAnswerToo() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options());
                RawClient client = proxy.client()) {
            String id = prepare(client);
            client.query("BEGIN");
            loseInTheMiddle(database, proxy, client, id);
            client.raw(RawClient.command(3, "SELECT 4 /*" + "x".repeat(3_000_000) + "*/"));
            assertThat(client.answer().error()).as("a command that streams").isEqualTo(BACKEND_LOST);
            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
            client.raw(execution(id));
            assertThat(client.answer().error()).isEqualTo(BACKEND_LOST);
            client.raw(execution(id));
            assertThat(client.answer().error()).isZero();
        }
    }

    @Test
    void textOfSeveralPacketsIsNotPrepared() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options());
                RawClient client = proxy.client()) {
            client.raw(RawClient.command(PREPARE, "SELECT 1 /*" + "x".repeat(SEVERAL_PACKETS) + "*/"));
            assertThat(client.answer().error()).isEqualTo(1235);
            assertThat(client.lastSequence()).isEqualTo(3);
            assertThat(client.query("SELECT 5").value()).isEqualTo("5");
        }
    }

    /** Sends long data of several packets, whose backend goes when a part of it has been sent. */
    private static void loseInTheMiddle(MockDatabase database, LiveProxy proxy, RawClient client, String id)
            throws Exception {
        byte[] data = longData(id, "first", SEVERAL_PACKETS);
        client.raw(Arrays.copyOf(data, A_PART));
        Conversation talk = proxy.clients.get(client.greeting().connectionId());
        Eventually.await("it streams", () -> phase(talk) == Lease.Phase.RELAYING);
        database.kill(new Random(1));
        Eventually.await("the backend is lost", () -> !proxy.events.isEmpty());
        client.raw(Arrays.copyOfRange(data, A_PART, data.length));
    }

    private static Lease.Phase phase(Conversation talk) {
        return talk.lease()
                .eventLoop()
                .submit(() -> talk.lease().phase())
                .syncUninterruptibly()
                .getNow();
    }

    private static String prepare(RawClient client) throws IOException {
        client.raw(RawClient.command(PREPARE, "SELECT ?"));
        String id = new String(client.read(), 1, 4, StandardCharsets.US_ASCII);
        client.read();
        return id;
    }

    private static byte[] execution(String id) {
        return RawClient.command(EXECUTE, id + "\0\1\0\0\0" + "\0\1" + "\3\0");
    }

    private static byte[] longData(String id, String begin, int length) {
        return RawClient.command(SEND_LONG_DATA, id + "\0\0" + begin + "x".repeat(length) + "end");
    }
}
