package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.MockDatabase.Trap;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.wire.Command;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that prepares what a server is being asked for another client does not depend on what becomes of that one. */
class ExpectedPreparesTest {
    private static final String TEXT = "SELECT 77";

    private static RawClient preparing(LiveProxy proxy) throws IOException {
        RawClient client = proxy.client();
        client.raw(RawClient.command(Command.STMT_PREPARE.code(), TEXT));
        return client;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theServerIsAskedAgainWhereItDoesNotAnswerTheOther(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 2, new Options().eventLoops(loops))) {
            database.trap(TEXT, Trap.HANG);
            RawClient first = preparing(proxy);
            Eventually.await("the server was asked", () -> database.sprung() == 1);

            RawClient second = preparing(proxy);

            assertThat(second.answer().error()).isZero();
            database.release();
            assertThat(first.answer().error()).isZero();
            first.close();
            second.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theServerIsAskedAgainWhereTheOtherGoesAway(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().eventLoops(loops))) {
            database.trap(TEXT, Trap.HANG);
            RawClient first = preparing(proxy);
            Eventually.await("the server was asked", () -> database.sprung() == 1);

            RawClient second = preparing(proxy);
            RawClient third = preparing(proxy);
            third.vanish();
            first.vanish();

            assertThat(second.answer().error()).isZero();
            database.release();
            second.close();
            proxy.awaitWhole();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anErrorIsNobodyElses(int loops) throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 2, new Options().eventLoops(loops))) {
            database.trap(TEXT, Trap.ERROR);
            RawClient first = preparing(proxy);
            RawClient second = preparing(proxy);

            List<Integer> errors =
                    List.of(first.answer().error(), second.answer().error());
            assertThat(errors).containsOnlyOnce(0);
            first.close();
            second.close();
            proxy.awaitWhole();
        }
    }
}
