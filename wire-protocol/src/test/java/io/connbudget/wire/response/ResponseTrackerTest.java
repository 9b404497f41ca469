package io.connbudget.wire.response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.wire.Command;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ResponseTrackerTest {
    private final ResponseTracker tracker = new ResponseTracker();

    private PacketKind feed(String hex) {
        byte[] payload = ByteBufUtil.decodeHexDump(hex);
        return tracker.packet(
                payload.length, payload.length == 0 ? -1 : payload[0] & 0xFF, Unpooled.wrappedBuffer(payload), 0);
    }

    private void rows(boolean deprecateEof) {
        tracker.begin(Command.QUERY, deprecateEof, false);
        assertThat(feed("01")).isEqualTo(PacketKind.COLUMN_COUNT);
        assertThat(feed("03646566")).isEqualTo(PacketKind.COLUMN_DEFINITION);
        if (!deprecateEof) {
            assertThat(feed("fe00000200")).isEqualTo(PacketKind.COLUMNS_END);
        }
    }

    @Test
    void aRowMayStartWithEveryAmbiguousByte() {
        for (boolean deprecateEof : new boolean[] {false, true}) {
            rows(deprecateEof);
            assertThat(feed("00")).isEqualTo(PacketKind.ROW);
            assertThat(feed("fb")).isEqualTo(PacketKind.ROW);
            assertThat(tracker.needsWholePacket(1, 0)).isFalse();
            assertThat(tracker.needsWholePacket(Packets.MAX_PAYLOAD, 0xFE)).isFalse();
            assertThat(tracker.packet(Packets.MAX_PAYLOAD, 0xFE, Unpooled.EMPTY_BUFFER, 0))
                    .isEqualTo(PacketKind.ROW);
            // The rest of it looks like a terminator, then like ERR.
            assertThat(tracker.packet(Packets.MAX_PAYLOAD, 0xFE, Unpooled.EMPTY_BUFFER, 0))
                    .isEqualTo(PacketKind.CONTINUATION);
            assertThat(tracker.needsWholePacket(5, 0xFF)).isFalse();
            assertThat(tracker.packet(5, 0xFF, Unpooled.EMPTY_BUFFER, 0)).isEqualTo(PacketKind.CONTINUATION);
            assertThat(tracker.complete()).isFalse();
            assertThat(feed(deprecateEof ? "fe000002000000" : "fe00000200")).isEqualTo(PacketKind.ROWS_END);
            assertThat(tracker.outcome().rows()).isEqualTo(3);
            assertThat(tracker.complete()).isTrue();
        }
    }

    @Test
    void anEmptyContinuationEndsAPacketOfTheLargestLength() {
        rows(true);
        tracker.packet(Packets.MAX_PAYLOAD, 0xFD, Unpooled.EMPTY_BUFFER, 0);
        assertThat(tracker.packet(0, -1, Unpooled.EMPTY_BUFFER, 0)).isEqualTo(PacketKind.CONTINUATION);
        assertThat(feed("fe000002000000")).isEqualTo(PacketKind.ROWS_END);
        assertThat(tracker.complete()).isTrue();
    }

    @Test
    void anOkOfAnyLengthEndsRowsWithDeprecateEof() {
        tracker.begin(Command.STMT_FETCH, true, true);
        assertThat(tracker.needsWholePacket(19, 0xFE)).isTrue();
        assertThat(feed("fe000002400000000a01080777745f77697265")).isEqualTo(PacketKind.ROWS_END);
        assertThat(tracker.ok().stateLength()).isEqualTo(10);
        assertThat(tracker.complete()).isTrue();
    }

    @Test
    void anErrAmongRowsEndsTheResponse() {
        rows(true);
        feed("0131");
        assertThat(tracker.needsWholePacket(9, 0xFF)).isTrue();
        assertThat(feed("ff1e04233432533232")).isEqualTo(PacketKind.ERR);
        assertThat(tracker.outcome().failed()).isTrue();
        assertThat(tracker.outcome().errorCode()).isEqualTo(1054);
        assertThat(tracker.moreResults()).isFalse();
        assertThat(tracker.complete()).isTrue();
        tracker.begin(Command.PING, true, false);
        assertThat(tracker.outcome().failed()).isFalse();
        assertThat(tracker.outcome().errorCode()).isZero();
    }

    @Test
    void theBoundaryWaitsForTheEndOfTheClientsFile() {
        tracker.begin(Command.QUERY, true, false);
        assertThat(feed("fb78")).isEqualTo(PacketKind.LOCAL_INFILE_REQUEST);
        // The server fails before the client is done: bytes of the client are still on their way.
        assertThat(feed("ff1e04233432533232")).isEqualTo(PacketKind.ERR);
        assertThat(tracker.complete()).isFalse();
        tracker.localInfileSent();
        assertThat(tracker.complete()).isTrue();
    }

    @Test
    void mysqlsEofBehindOutParametersLacksTheFlagButAnOkFollows() {
        tracker.begin(Command.STMT_EXECUTE, false, true);
        feed("01");
        feed("03646566");
        assertThat(feed("fe00000a10")).isEqualTo(PacketKind.COLUMNS_END);
        feed("000002000000");
        assertThat(feed("fe00000200")).isEqualTo(PacketKind.ROWS_END);
        assertThat(tracker.moreResults()).isTrue();
        assertThat(tracker.complete()).isFalse();
        assertThat(feed("00000002000000")).isEqualTo(PacketKind.OK);
        assertThat(tracker.complete()).isTrue();
    }

    @Test
    void aPrepareOkTellsTheStatement() {
        tracker.begin(Command.STMT_PREPARE, true, true);
        assertThat(feed("00ff0102030200010000" + "0500")).isEqualTo(PacketKind.PREPARE_OK);
        assertThat(tracker.outcome().preparedStatementId()).isEqualTo(0x030201ff);
        assertThat(tracker.outcome().preparedColumns()).isEqualTo(2);
        assertThat(tracker.outcome().preparedParameters()).isEqualTo(1);
        assertThat(tracker.outcome().warnings()).isEqualTo(5);
        assertThat(List.of(feed("03"), feed("03")))
                .containsExactly(PacketKind.PARAMETER_DEFINITION, PacketKind.PREPARED_COLUMN_DEFINITION);
        assertThat(tracker.complete()).isFalse();
        feed("03");
        assertThat(tracker.complete()).isTrue();
    }

    @Test
    void whatNoServerSendsIsMalformed() {
        tracker.begin(Command.PING, true, true);
        assertThatThrownBy(() -> feed("01")).isInstanceOf(MalformedPacketException.class);
        tracker.begin(Command.QUERY, true, true);
        assertThatThrownBy(() -> feed("")).isInstanceOf(MalformedPacketException.class);
        assertThatThrownBy(() -> feed("0102")).isInstanceOf(MalformedPacketException.class);
        assertThatThrownBy(() -> tracker.packet(Packets.MAX_PAYLOAD, 0, Unpooled.EMPTY_BUFFER, 0))
                .isInstanceOf(MalformedPacketException.class);
        rows(false);
        assertThatThrownBy(() -> feed("fe00000200000000000000")).isInstanceOf(MalformedPacketException.class);
        assertThatThrownBy(() -> feed("")).isInstanceOf(MalformedPacketException.class);
        tracker.begin(Command.QUIT, true, true);
        assertThatThrownBy(() -> feed("ff1e04")).isInstanceOf(MalformedPacketException.class);
    }

    @Property(tries = 3000)
    void arbitraryPacketsFailCleanlyOrEnd(
            @ForAll Command command,
            @ForAll boolean deprecateEof,
            @ForAll boolean track,
            @ForAll List<byte[]> packets) {
        tracker.begin(command, deprecateEof, track);
        for (byte[] packet : packets) {
            try {
                tracker.packet(
                        packet.length, packet.length == 0 ? -1 : packet[0] & 0xFF, Unpooled.wrappedBuffer(packet), 0);
            } catch (MalformedPacketException expected) {
                return;
            }
        }
    }
}
