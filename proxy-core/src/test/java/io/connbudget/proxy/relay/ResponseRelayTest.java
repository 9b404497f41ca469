package io.connbudget.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.relay.RecordedResponses.Packet;
import io.connbudget.proxy.relay.RecordedResponses.Response;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.ServerStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses of real servers, relayed to clients that negotiated otherwise than the backend did. */
class ResponseRelayTest {
    private static final int CLASSIC = Capabilities.PROTOCOL_41 | Capabilities.LOCAL_FILES | Capabilities.MULTI_RESULTS;
    private static final int MODERN = CLASSIC | Capabilities.DEPRECATE_EOF;

    /** Never relayed: answered by the proxy, or not at all. */
    private static final Set<Command> NOT_RELAYED = Set.of(Command.CHANGE_USER, Command.RESET_CONNECTION);

    private static List<Response> relayed(String recording) {
        return RecordedResponses.read(recording).stream()
                .filter(r -> !NOT_RELAYED.contains(r.command()) && !r.packets().isEmpty())
                .toList();
    }

    private static boolean call(Response response) {
        return response.label().contains("CALL");
    }

    private static byte[] relay(RelayedClient client, Response response, int... cuts) {
        byte[] bytes = response.bytes();
        client.begin(response.command(), call(response));
        int from = 0;
        for (int cut : cuts) {
            client.feed(bytes, from, cut);
            from = cut;
        }
        client.feed(bytes, from, bytes.length);
        assertThat(client.relay.complete()).as("%s has ended", response).isTrue();
        assertThat(client.relay.hasCarry()).as("%s: bytes left over", response).isFalse();
        return client.take();
    }

    private static List<byte[]> payloads(byte[] bytes, Response response) {
        List<byte[]> payloads = new ArrayList<>();
        int sequence = 1;
        for (int at = 0; at < bytes.length; ) {
            int length = (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
            assertThat(bytes[at + 3] & 0xff).as("sequence id in %s", response).isEqualTo(sequence++ & 0xff);
            byte[] payload = new byte[length];
            System.arraycopy(bytes, at + 4, payload, 0, length);
            payloads.add(payload);
            at += 4 + length;
            if (length > 0 && payload[0] == (byte) 0xfb && response.label().contains("LOCAL INFILE")) {
                sequence += 2;
            }
        }
        return payloads;
    }

    @ParameterizedTest
    @CsvSource({
        "mysql-9.7-deprecate-eof-session-track, mysql-9.7-plain, false",
        "mariadb-10.11-deprecate-eof-session-track, mariadb-10.11-plain, false",
        "mariadb-10.11-deprecate-eof-session-track, mariadb-10.11-deprecate-eof, true"
    })
    void clientGetsWhatADirectServerSends(String backend, String direct, boolean modern) {
        RelayedClient client = new RelayedClient(modern ? MODERN : CLASSIC);
        List<Response> sent = relayed(backend);
        List<Response> expected = relayed(direct);
        assertThat(sent).hasSizeGreaterThan(60).hasSameSizeAs(expected);
        for (int r = 0; r < sent.size(); r++) {
            List<byte[]> got = payloads(relay(client, sent.get(r)), sent.get(r));
            List<Packet> wanted = expected.get(r).packets();
            assertThat(got).as("packets of %s", sent.get(r)).hasSameSizeAs(wanted);
            for (int p = 0; p < wanted.size(); p++) {
                assertThat(normal(wanted.get(p).kind(), got.get(p)))
                        .as("packet %d of %s", p, sent.get(r))
                        .isEqualTo(normal(wanted.get(p).kind(), wanted.get(p).payload()));
            }
        }
        assertThat(client.heldBytes()).isZero();
    }

    /** What may differ from a direct server, taken out. */
    private static String normal(String kind, byte[] payload) {
        byte[] copy = payload.clone();
        switch (kind) {
            // Where an error ends the rows nothing tells these.
            case "COLUMNS_END" -> copy[3] &= (byte) ~(ServerStatus.NO_INDEX_USED | ServerStatus.NO_GOOD_INDEX_USED);
            case "ROWS_END" -> {
                // MySQL's own EOF behind OUT parameters forgets what the one before it said.
                copy[3] &= (byte) ~ServerStatus.MORE_RESULTS_EXISTS;
                if (copy[0] == (byte) 0xfe && copy.length == 5) {
                    copy[4] &= (byte) ~(ServerStatus.PS_OUT_PARAMS >> 8);
                }
            }
            // The server's own id, and uptime and counters.
            case "PREPARE_OK" -> copy[1] = copy[2] = copy[3] = copy[4] = 0;
            case "STATISTICS" -> {
                return "text";
            }
            case "ROW" -> {
                String row = new String(copy, StandardCharsets.ISO_8859_1);
                return row.contains("Processlist") ? "ids and ports" : ByteBufUtil.hexDump(copy);
            }
            case "ERR" -> {
                // Statement ids differ between two recordings.
                return new String(copy, StandardCharsets.ISO_8859_1).replaceAll("\\(\\d+\\)", "(id)");
            }
            default -> {}
        }
        return ByteBufUtil.hexDump(copy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mysql-9.7-deprecate-eof-session-track", "mariadb-10.11-deprecate-eof-session-track"})
    void bytesDoNotDependOnTheSplits(String recording) {
        for (int capabilities : new int[] {CLASSIC, MODERN, MODERN | Capabilities.FOUND_ROWS}) {
            RelayedClient whole = new RelayedClient(capabilities);
            RelayedClient split = new RelayedClient(capabilities);
            for (Response response : relayed(recording)) {
                byte[] expected = relay(whole, response);
                int length = response.bytes().length;
                for (int cut = 1; cut < length; cut++) {
                    assertThat(relay(split, response, cut))
                            .as("%s cut at %d", response, cut)
                            .isEqualTo(expected);
                }
                int[] everywhere = new int[length - 1];
                for (int i = 0; i < everywhere.length; i++) {
                    everywhere[i] = i + 1;
                }
                assertThat(relay(split, response, everywhere))
                        .as("%s byte by byte", response)
                        .isEqualTo(expected);
                Random random = new Random(length);
                for (int round = 0; round < 20; round++) {
                    int[] cuts = random.ints(4, 0, length + 1).sorted().toArray();
                    assertThat(relay(split, response, cuts))
                            .as("%s in pieces", response)
                            .isEqualTo(expected);
                }
            }
            assertThat(split.heldBytes()).isZero();
            assertThat(whole.heldBytes()).isZero();
            assertThat(split.succeeded).isGreaterThan(whole.succeeded);
            assertThat(split.failedWith).isEqualTo(whole.failedWith);
        }
    }

    @Test
    void largeUnchangedResponsePassesAsTheBufferItCameIn() {
        RelayedClient client = new RelayedClient(MODERN);
        byte[] rows = rows(4000);
        client.begin(Command.QUERY, false);
        client.feed(rows, 0, rows.length - 200);
        assertThat(client.writes()).hasSize(1);
        // The input itself, and at most the beginning of a packet whose end has not come.
        assertThat(client.heldBytes()).isLessThan(rows.length + 64L);
        client.feed(rows, rows.length - 200, rows.length);
        assertThat(client.take()).isEqualTo(rows);
        assertThat(client.heldBytes()).isZero();
    }

    @Test
    void rowsBehindAChangeAreNotCopied() {
        RelayedClient client = new RelayedClient(CLASSIC);
        byte[] rows = rows(4000);
        client.begin(Command.QUERY, false);
        client.feed(rows);
        assertThat(client.heldBytes()).isLessThan(rows.length + 2048L);
        List<byte[]> payloads = payloads(client.take(), new Response(Command.QUERY, "rows", List.of()));
        assertThat(payloads).hasSize(1 + 1 + 1 + 4000 + 1);
        assertThat(client.heldBytes()).isZero();
    }

    /** The flags of the EOF packets that a client without DEPRECATE_EOF gets. */
    private static List<Integer> statuses(byte[] bytes) {
        List<Integer> statuses = new ArrayList<>();
        for (byte[] payload : payloads(bytes, new Response(Command.QUERY, "rows", List.of()))) {
            if (payload.length == 5 && payload[0] == (byte) 0xfe) {
                statuses.add((payload[3] & 0xff) | (payload[4] & 0xff) << 8);
            }
        }
        return statuses;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 300, 600, 4000})
    void theEofBehindColumnsHasTheFlagsOfTheEndWhereThatIsNearAndElseTheSessions(int count) {
        byte[] rows = rows(count);
        int sessions = ServerStatus.IN_TRANS;
        int atTheEnd = ServerStatus.AUTOCOMMIT | ServerStatus.MORE_RESULTS_EXISTS | ServerStatus.QUERY_WAS_SLOW;
        rows[rows.length - 4] = (byte) atTheEnd;
        rows[rows.length - 3] = (byte) (atTheEnd >> 8);
        byte[] next = rows(0);
        byte[] both = Arrays.copyOf(rows, rows.length + next.length);
        System.arraycopy(next, 0, both, rows.length, next.length);
        int sequence = both[rows.length - 8] & 0xff;
        for (int at = rows.length; at < both.length; at += 4 + both[at]) {
            both[at + 3] = (byte) ++sequence;
        }
        for (int cut : new int[] {0, 40, rows.length / 2, rows.length - 1, rows.length + 1}) {
            RelayedClient client = new RelayedClient(CLASSIC);
            client.status = sessions;
            client.begin(Command.QUERY, false);
            client.feed(both, 0, cut);
            client.feed(both, cut, both.length);
            // A row has 8 bytes here.
            int first = count <= 300 ? ServerStatus.AUTOCOMMIT | ServerStatus.MORE_RESULTS_EXISTS : sessions;
            assertThat(statuses(client.take()))
                    .as("cut at %d", cut)
                    .containsExactly(first, atTheEnd, ServerStatus.AUTOCOMMIT, ServerStatus.AUTOCOMMIT);
        }
    }

    @Test
    void theFlagsOfAResponseBeforeAreNotThoseOfTheSession() {
        RelayedClient client = new RelayedClient(CLASSIC);
        client.status = ServerStatus.IN_TRANS;
        client.begin(Command.QUERY, false);
        client.feed(rows(1000));
        assertThat(statuses(client.take())).containsExactly(ServerStatus.IN_TRANS, ServerStatus.AUTOCOMMIT);
        client.status = ServerStatus.AUTOCOMMIT | ServerStatus.NO_BACKSLASH_ESCAPES;
        client.begin(Command.QUERY, false);
        client.feed(rows(1000));
        assertThat(statuses(client.take()))
                .containsExactly(ServerStatus.AUTOCOMMIT | ServerStatus.NO_BACKSLASH_ESCAPES, ServerStatus.AUTOCOMMIT);
    }

    @Test
    void aFileIsNeverAskedOfAClientThatOffersNone() {
        for (Response response : relayed("mysql-9.7-deprecate-eof-session-track")) {
            if (response.packets().get(0).kind().equals("LOCAL_INFILE_REQUEST")) {
                RelayedClient client = new RelayedClient(MODERN & ~Capabilities.LOCAL_FILES);
                client.begin(response.command(), false);
                ByteBuf in = client.allocator.buffer().writeBytes(response.bytes());
                assertThatThrownBy(() -> client.relay.advance(in, 0)).isInstanceOf(MalformedPacketException.class);
                in.release();
                client.relay.abort();
                assertThat(client.take()).isEmpty();
                return;
            }
        }
        throw new AssertionError("no file was asked for");
    }

    @Test
    void aClientThatTakesOneResultNeverGetsASecond() {
        Response call = relayed("mysql-9.7-deprecate-eof-session-track").stream()
                .filter(r -> r.command() == Command.QUERY && r.label().startsWith("CALL"))
                .filter(r -> r.packets().get(0).kind().equals("COLUMN_COUNT"))
                .findFirst()
                .orElseThrow();
        RelayedClient client = new RelayedClient(MODERN & ~Capabilities.MULTI_RESULTS);
        client.begin(call.command(), true);
        ByteBuf in = client.allocator.buffer().writeBytes(call.bytes());
        assertThatThrownBy(() -> client.relay.advance(in, 0))
                .isInstanceOf(MalformedPacketException.class)
                .hasMessageContaining("CLIENT_MULTI_RESULTS");
        in.release();
        client.relay.abort();
        client.take();
        assertThat(client.heldBytes()).isZero();
    }

    @Test
    void aRowThatIsTooLongToBeShownPasses() {
        RelayedClient client = new RelayedClient(MODERN);
        byte[] value = new byte[2 << 20];
        Arrays.fill(value, (byte) 'x');
        byte[] row = new byte[4 + value.length];
        row[0] = (byte) 0xfd;
        row[3] = (byte) (value.length >> 16);
        System.arraycopy(value, 0, row, 4, value.length);
        byte[] bytes = new Response(
                        Command.QUERY,
                        "long row",
                        List.of(
                                new Packet("COLUMN_COUNT", new byte[] {1}),
                                new Packet(
                                        "COLUMN_DEFINITION",
                                        ByteBufUtil.decodeHexDump("03646566000000016101610c3f000b0000000300")),
                                new Packet("ROW", row),
                                new Packet("ROW", new byte[] {1, 'a'}),
                                new Packet("ROWS_END", ByteBufUtil.decodeHexDump("fe000002000000"))))
                .bytes();
        client.begin(Command.QUERY, false);
        client.relay.showRow();
        client.feed(bytes, 0, 100_000);
        client.feed(bytes, 100_000, bytes.length);
        assertThat(client.relay.complete()).isTrue();
        assertThat(client.take()).isEqualTo(bytes);
        assertThat(client.rows).as("the second is not the first").isEmpty();
        assertThat(client.heldBytes()).isZero();
    }

    /** One column, so many rows, and the end. */
    private static byte[] rows(int count) {
        List<Packet> packets = new ArrayList<>();
        packets.add(new Packet("COLUMN_COUNT", new byte[] {1}));
        packets.add(
                new Packet("COLUMN_DEFINITION", ByteBufUtil.decodeHexDump("03646566000000016101610c3f000b0000000300")));
        for (int i = 0; i < count; i++) {
            packets.add(new Packet("ROW", new byte[] {3, 'a', 'b', 'c'}));
        }
        packets.add(new Packet("ROWS_END", ByteBufUtil.decodeHexDump("fe000002000000")));
        return new Response(Command.QUERY, "rows", packets).bytes();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mysql-9.7", "mariadb-10.11"})
    void outParametersAreAnnouncedBehindTheColumns(String server) {
        Response call = relayed(server + "-deprecate-eof-session-track").stream()
                .filter(r -> r.label().equals("EXECUTE CALL"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = call.bytes();
        for (int cut = 0; cut <= bytes.length; cut++) {
            RelayedClient client = new RelayedClient(CLASSIC);
            List<Integer> statuses = new ArrayList<>();
            for (byte[] payload : payloads(relay(client, call, cut), call)) {
                if (payload.length == 5 && payload[0] == (byte) 0xfe) {
                    statuses.add((payload[3] & 0xff) | (payload[4] & 0xff) << 8);
                }
            }
            assertThat(statuses).as("cut at %d", cut).hasSize(6);
            assertThat(statuses.get(4) & (ServerStatus.PS_OUT_PARAMS | ServerStatus.MORE_RESULTS_EXISTS))
                    .as("cut at %d", cut)
                    .isEqualTo(ServerStatus.PS_OUT_PARAMS | ServerStatus.MORE_RESULTS_EXISTS);
            assertThat(statuses.get(0) & ServerStatus.PS_OUT_PARAMS).isZero();
        }
    }

    @Test
    void updateReportsMatchedRowsToAClientWithFoundRows() {
        Response update = relayed("mysql-9.7-deprecate-eof-session-track").stream()
                .filter(r -> r.label().startsWith("UPDATE"))
                .findFirst()
                .orElseThrow();
        byte[] got = payloads(relay(new RelayedClient(MODERN | Capabilities.FOUND_ROWS), update), update)
                .get(0);
        String info = new String(got, StandardCharsets.ISO_8859_1);
        assertThat(info).contains("Rows matched: " + got[1] + " ");
    }

    @Test
    void packetOfAnotherExchangeIsRefused() {
        RelayedClient client = new RelayedClient(MODERN);
        byte[] rows = rows(2);
        int second = 4 + 1;
        rows[second + 3]++;
        client.begin(Command.QUERY, false);
        assertThatThrownBy(() -> {
                    ByteBuf in = client.allocator.buffer().writeBytes(rows);
                    try {
                        client.relay.advance(in, 0);
                    } finally {
                        in.release();
                    }
                })
                .isInstanceOf(MalformedPacketException.class)
                .hasMessageContaining("sequence id 3, expected 2");
        client.relay.abort();
        client.take();
        assertThat(client.heldBytes()).isZero();
    }

    @Test
    void abortInTheMiddleReleasesWhatWasKept() {
        for (Response response : relayed("mysql-9.7-deprecate-eof-session-track")) {
            byte[] bytes = response.bytes();
            for (int cut = 1; cut < bytes.length; cut += 3) {
                RelayedClient client = new RelayedClient(CLASSIC);
                client.begin(response.command(), call(response));
                client.feed(bytes, 0, cut);
                client.relay.abort();
                client.take();
                assertThat(client.heldBytes()).as("%s cut at %d", response, cut).isZero();
            }
        }
    }
}
