package io.connbudget.it.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.it.Await;
import io.connbudget.it.OnEveryServer;
import io.connbudget.it.TestDatabase;
import io.connbudget.wire.Command;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Drivers send the types of a statement's parameters once. A server that has never got them must not be sent their values:
 * MariaDB 11.4.5 crashes by it, other servers refuse it with 1210.
 */
final class ParameterTypesTest {
    private static final int WRONG_ARGUMENTS = 1210;
    private static final int BACKEND_LOST = 2013;
    private static final int VAR_STRING = 0xfd;

    @OnEveryServer
    void anExecutionThatWasRefusedHasToldItsTypes(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", 2).start();
                RawClient client = connect(database, proxy)) {
            int statement = prepare(client);
            query(client, "START TRANSACTION");
            database.kill(backend(client));
            Await.until("the proxy has seen that its backend is gone", () -> proxy.leases() == 0);

            assertThat(error(execute(client, statement, true, "a"))).isEqualTo(BACKEND_LOST);

            assertThat(row(execute(client, statement, false, "b"))).isEqualTo("<b>");
            assertThat(row(execute(client, statement, false, "c"))).isEqualTo("<c>");
        }
    }

    @OnEveryServer
    void noServerGetsValuesWithoutTypes(TestDatabase database) throws Exception {
        try (InProcessProxy proxy = new InProcessProxy(database, "eager", 2).start();
                RawClient client = connect(database, proxy)) {
            int statement = prepare(client);

            assertThat(error(execute(client, statement, false, "a"))).isEqualTo(WRONG_ARGUMENTS);

            query(client, "START TRANSACTION");
            assertThat(error(execute(client, statement, false, "b"))).isEqualTo(WRONG_ARGUMENTS);
            query(client, "COMMIT");
            assertThat(row(execute(client, statement, true, "c"))).isEqualTo("<c>");
            assertThat(row(execute(client, statement, false, "d"))).isEqualTo("<d>");
        }
    }

    private static RawClient connect(TestDatabase database, InProcessProxy proxy) throws IOException {
        return new RawClient(
                proxy.address(),
                new RawClient.Login(database.user(), database.password(), database.schema(), RawClient.BASE, 45));
    }

    private static int prepare(RawClient client) throws IOException {
        client.command(Command.STMT_PREPARE, "SELECT CONCAT('<', ?, '>')".getBytes(StandardCharsets.US_ASCII));
        return client.preparedId();
    }

    private static void query(RawClient client, String sql) throws IOException {
        List<byte[]> answer = client.command(Command.QUERY, sql.getBytes(StandardCharsets.US_ASCII));
        assertThat(answer.get(0)[1]).as(sql).isZero();
    }

    /** The server's id of the connection that the client keeps. */
    private static long backend(RawClient client) throws IOException {
        String sql = "SELECT CONNECTION_ID() FROM information_schema.schemata LIMIT 1";
        List<byte[]> answer = client.command(Command.QUERY, sql.getBytes(StandardCharsets.US_ASCII));
        return Long.parseLong(text(answer.get(answer.size() - 2), 1));
    }

    private static List<byte[]> execute(RawClient client, int statement, boolean withTypes, String value)
            throws IOException {
        ByteBuf body = Unpooled.buffer();
        body.writeIntLE(statement).writeByte(0).writeIntLE(1).writeByte(0).writeBoolean(withTypes);
        if (withTypes) {
            body.writeShortLE(VAR_STRING);
        }
        body.writeByte(value.length()).writeCharSequence(value, StandardCharsets.US_ASCII);
        return client.command(Command.STMT_EXECUTE, ByteBufUtil.getBytes(body));
    }

    private static int error(List<byte[]> answer) {
        byte[] packet = answer.get(0);
        assertThat(packet[1]).as("header of an ERR").isEqualTo((byte) 0xff);
        return (packet[2] & 0xff) | (packet[3] & 0xff) << 8;
    }

    /** The only value of the only row, behind the columns and their EOF. */
    private static String row(List<byte[]> answer) {
        assertThat(answer).hasSize(5);
        return text(answer.get(3), 3);
    }

    /** A short text behind the sequence id and so many bytes less one. */
    private static String text(byte[] packet, int at) {
        return new String(packet, at + 1, packet[at], StandardCharsets.US_ASCII);
    }
}
