package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestServers;
import io.connbudget.wire.Command;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The id that a client gives to KILL is the proxy's: no server gets to see it. */
class NotPreparedTest {
    static List<TestServers> servers() {
        return TestServers.all();
    }

    @ParameterizedTest
    @MethodSource("servers")
    void killIsNotPrepared(TestServers server) throws Exception {
        try (LiveProxy proxy = new LiveProxy(server, 2, new Options());
                RawClient victim = proxy.client();
                RawClient client = proxy.client()) {
            assertThat(victim.query("BEGIN").error()).isZero();
            long id =
                    proxy.clients.get(victim.greeting().connectionId()).lease().backendConnectionId();
            for (String kill : List.of("KILL ?", "/* x */ kill query " + id, "KILL CONNECTION " + id)) {
                client.raw(RawClient.command(Command.STMT_PREPARE.code(), kill));
                RawClient.Answer answer = client.answer();
                assertThat(answer.error()).as(kill).isEqualTo(1235);
                assertThat(answer.message()).contains("KILL in a prepared statement");
                assertThat(client.query("PREPARE s FROM '" + kill + "'").error())
                        .as(kill)
                        .isEqualTo(1235);
            }
            assertThat(victim.query("SELECT 5").value()).isEqualTo("5");
            assertThat(victim.query("COMMIT").error()).isZero();
            client.close();
            victim.close();
            proxy.awaitWhole();
        }
    }
}
