package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.wire.Command;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The id of a KILL is the proxy's own; one that is prepared would be taken for a backend's, perhaps another client's. */
final class PreparedKillTest {
    private static final int NOT_SUPPORTED_YET = 1235;

    @OnEveryServer
    void isRefused(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "transaction", 2).start();
                RawClient client = new RawClient(
                        proxy.address(),
                        new RawClient.Login(
                                database.user(), database.password(), database.schema(), RawClient.BASE, 45),
                        Map.of())) {
            assertThat(error(client.command(Command.STMT_PREPARE, bytes("KILL 1"))))
                    .isEqualTo(NOT_SUPPORTED_YET);
            assertThat(error(client.command(Command.QUERY, bytes("PREPARE k FROM 'KILL QUERY 1'"))))
                    .isEqualTo(NOT_SUPPORTED_YET);
            assertThat(client.command(Command.QUERY, bytes("DO 1")))
                    .hasSize(1)
                    .allSatisfy(ok -> assertThat(ok[1]).isZero());
        }
    }

    private static byte[] bytes(String sql) {
        return sql.getBytes(StandardCharsets.UTF_8);
    }

    /** The code of the ERR packet that is the answer; each packet has its sequence id first. */
    private static int error(List<byte[]> answer) {
        byte[] packet = answer.get(0);
        return packet[1] == (byte) 0xff ? (packet[2] & 0xff) | (packet[3] & 0xff) << 8 : 0;
    }
}
