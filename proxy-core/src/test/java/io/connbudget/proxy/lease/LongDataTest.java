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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** COM_STMT_SEND_LONG_DATA, which is never answered, beyond what the proxy keeps, to a slow backend. */
class LongDataTest {
    private static final int PREPARE = 0x16;
    private static final int EXECUTE = 0x17;
    private static final int SEND_LONG_DATA = 0x18;
    private static final int MORE_THAN_BUFFERS_TAKE = 12 << 20;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void waitsForABackendThatTakesNoMore(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops));
                RawClient client = proxy.client()) {
            client.raw(RawClient.command(PREPARE, "SELECT ?"));
            String id = new String(client.read(), 1, 4, StandardCharsets.US_ASCII);
            client.read();
            database.trap("first", Trap.HANG);
            CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
                try {
                    client.raw(longData(id, "first", 2 << 20));
                    client.raw(longData(id, "second", MORE_THAN_BUFFERS_TAKE));
                    client.raw(RawClient.command(EXECUTE, id + "\0\1\0\0\0" + "\0\1" + "\3\0"));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Eventually.await("the database takes no more", () -> database.sprung() == 1);
            database.release();
            written.get(20, TimeUnit.SECONDS);
            assertThat(client.answer().error()).isZero();
        }
    }

    private static byte[] longData(String id, String begin, int length) {
        return RawClient.command(SEND_LONG_DATA, id + "\0\0" + begin + "x".repeat(length));
    }
}
