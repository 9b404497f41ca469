package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.MockDatabase.Trap;
import io.connbudget.proxy.testing.RawClient;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a server is sent the types of a statement's parameters, whose client sends them once. */
final class ParameterTypesTest {
    private static final int PREPARE = 0x16;
    private static final int EXECUTE = 0x17;
    /** That types follow, and that of an INT. */
    private static final String TYPES = "\1\3\0";

    private static final int TRAPPED = 1105;

    private MockDatabase database;
    private LiveProxy proxy;
    private RawClient client;
    private String id;

    @BeforeEach
    void prepare() throws Exception {
        database = new MockDatabase();
        proxy = new LiveProxy(database, 1, new LiveProxy.Options());
        client = proxy.client();
        client.raw(RawClient.command(PREPARE, "SELECT ?"));
        id = new String(client.read(), 1, 4, StandardCharsets.US_ASCII);
        client.read();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        proxy.close();
        database.close();
    }

    @Test
    void onceWhereTheExecutionWentWell() throws Exception {
        assertThat(execute(TYPES + "one!")).isZero();
        database.trap(TYPES + "two!", Trap.ERROR);
        assertThat(execute("\0two!")).isZero();
        database.trap("\0six!", Trap.ERROR);
        assertThat(execute("\0six!")).isEqualTo(TRAPPED);
    }

    @Test
    void againBehindAnErrorWhoseServerMayNotHaveReadThem() throws Exception {
        database.trap("one!", Trap.ERROR);
        assertThat(execute(TYPES + "one!")).isEqualTo(TRAPPED);
        database.trap(TYPES + "two!", Trap.ERROR);
        assertThat(execute("\0two!")).isEqualTo(TRAPPED);
    }

    /** Returns the code of the error, 0 for none. */
    private int execute(String typesAndValue) throws Exception {
        client.raw(RawClient.command(EXECUTE, id + "\0\1\0\0\0" + "\0" + typesAndValue));
        return client.answer().error();
    }
}
