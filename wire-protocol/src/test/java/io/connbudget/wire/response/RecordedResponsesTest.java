package io.connbudget.wire.response;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.wire.Command;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every response that was recorded from a real server, packet by packet: its kinds, and an end at the last packet only. */
class RecordedResponsesTest {
    private record Packet(PacketKind kind, byte[] payload) {}

    private record Response(Command command, String label, List<Packet> packets) {}

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql-9.7-deprecate-eof-session-track", "mysql-9.7-plain", "mysql-9.7-session-track",
                "mariadb-10.11-deprecate-eof-session-track", "mariadb-10.11-plain", "mariadb-10.11-deprecate-eof"
            })
    void endsWhereTheServerEnds(String recording) throws IOException {
        ResponseTracker tracker = new ResponseTracker();
        List<Response> responses = read(recording);
        assertThat(responses).hasSizeGreaterThan(60);
        for (Response response : responses) {
            tracker.begin(response.command(), recording.contains("deprecate-eof"), recording.contains("session-track"));
            assertThat(tracker.expectsResponse())
                    .as(response.label())
                    .isEqualTo(!response.packets().isEmpty());
            for (Packet packet : response.packets()) {
                assertThat(tracker.complete()).as(response.label()).isFalse();
                assertThat(feed(tracker, packet.payload())).as(response.label()).isEqualTo(packet.kind());
                if (tracker.awaitingLocalInfile()) {
                    tracker.localInfileSent();
                }
            }
            assertThat(tracker.complete()).as(response.label()).isTrue();
            Packet last = response.packets().isEmpty()
                    ? null
                    : response.packets().get(response.packets().size() - 1);
            assertThat(tracker.outcome().failed()).isEqualTo(last != null && last.kind() == PacketKind.ERR);
        }
    }

    /** Shows the tracker the payload only where it asks for it: a row or definition that it reads would fail. */
    private static PacketKind feed(ResponseTracker tracker, byte[] payload) {
        int first = payload.length == 0 ? -1 : payload[0] & 0xFF;
        boolean whole = tracker.needsWholePacket(payload.length, first);
        ByteBuf buffer = whole ? Unpooled.wrappedBuffer(new byte[3], payload) : Unpooled.EMPTY_BUFFER;
        return tracker.packet(payload.length, first, buffer, whole ? 3 : 0);
    }

    private static List<Response> read(String recording) throws IOException {
        List<Response> responses = new ArrayList<>();
        try (var in = RecordedResponsesTest.class.getResourceAsStream("/responses/" + recording + ".txt")) {
            for (String line : new String(in.readAllBytes(), UTF_8).split("\n")) {
                String[] words = line.split(" ", 3);
                if (words[0].equals("#")) {
                    responses.add(new Response(Command.valueOf(words[1]), words[2], new ArrayList<>()));
                } else {
                    byte[] payload = words.length < 2 ? new byte[0] : ByteBufUtil.decodeHexDump(words[1]);
                    responses
                            .get(responses.size() - 1)
                            .packets()
                            .add(new Packet(PacketKind.valueOf(words[0]), payload));
                }
            }
        }
        return responses;
    }
}
