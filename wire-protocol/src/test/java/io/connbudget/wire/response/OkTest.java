package io.connbudget.wire.response;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.MalformedPacketException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** {@link OkView}, {@link SessionTrack} and {@link EofTranslation}, on bytes of real servers. */
class OkTest {
    private static final int BOTH = Capabilities.DEPRECATE_EOF | Capabilities.SESSION_TRACK;
    private static final String USE = "00000002400000000a01080777745f77697265";
    private static final String ROWS_AND_SCHEMA = "fe000002400000000a01080777745f77697265";
    private static final String UPDATE =
            "0002000200000028526f7773206d6174636865643a203220204368616e6765643a203220205761726e696e67733a2030";

    private final OkView ok = new OkView();

    private ByteBuf read(String hex, boolean sessionTrack) {
        ByteBuf buffer = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("aabb" + hex + "cc"));
        ok.read(buffer, 2, hex.length() / 2, sessionTrack);
        return buffer;
    }

    private static String payload(ByteBuf out, int sequence) {
        assertThat(out.getUnsignedMediumLE(0)).isEqualTo(out.readableBytes() - 4);
        assertThat(out.getByte(3)).isEqualTo((byte) sequence);
        return ByteBufUtil.hexDump(out, 4, out.readableBytes() - 4);
    }

    private String rowsEnd(ByteBuf in, int capabilities) {
        ByteBuf out = Unpooled.buffer();
        EofTranslation.writeRowsEnd(out, 9, in, ok, capabilities);
        return payload(out, 9);
    }

    private String okFor(ByteBuf in, int capabilities, long affectedRows) {
        ByteBuf out = Unpooled.buffer();
        EofTranslation.writeOk(out, 9, in, ok, capabilities, affectedRows);
        return payload(out, 9);
    }

    @Test
    void infoHasALengthWithAndWithoutSessionTrack() {
        for (boolean track : new boolean[] {true, false}) {
            ByteBuf in = read(UPDATE, track);
            assertThat(ok.affectedRows()).isEqualTo(2);
            assertThat(in.toString(ok.infoIndex(), ok.infoLength(), UTF_8))
                    .isEqualTo("Rows matched: 2  Changed: 2  Warnings: 0");
            assertThat(in.getUnsignedShortLE(ok.statusIndex()))
                    .isEqualTo(ok.status())
                    .isEqualTo(2);
            assertThat(ok.stateLength()).isZero();
        }
        ByteBuf documented = read("00000002000000" + "6162", false);
        assertThat(documented.toString(ok.infoIndex(), ok.infoLength(), UTF_8)).isEqualTo("ab");
    }

    @Test
    void oneViewForgetsTheOkBefore() {
        read(USE, true);
        assertThat(ok.stateLength()).isEqualTo(10);
        read("fe01000200", true);
        assertThat(ok.isEof()).isTrue();
        assertThat(ok.warnings()).isEqualTo(1);
        assertThat(ok.status()).isEqualTo(2);
        assertThat(ok.stateLength() + ok.infoLength()).isZero();
        read("fe000022000000", true);
        assertThat(ok.isEof()).isFalse();
    }

    @Test
    void aBlockMayHoldAllTypesAndUnknownOnes() {
        // abc=x and def= in one entry, as MariaDB sends them; type 0x63 is one that nobody knows.
        String block = "000b" + "03616263" + "0178" + "03646566" + "00" + "0103" + "026462" + "0202" + "0131" + "6302"
                + "ffff" + "0304" + "00026731" + "0403" + "025354" + "0509" + "08545f5f5f5f5f5f5f";
        ByteBuf in = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(block));
        List<String> seen = new ArrayList<>();
        SessionTrack.visit(in, 0, in.readableBytes(), new SessionTrackVisitor() {
            @Override
            public void systemVariable(String name, String value) {
                seen.add(name + "=" + value);
            }

            @Override
            public void schema(String name) {
                seen.add("schema " + name);
            }

            @Override
            public void stateChanged(boolean changed) {
                seen.add("changed " + changed);
            }

            @Override
            public void gtids(String gtids) {
                seen.add("gtids " + gtids);
            }

            @Override
            public void transactionCharacteristics(String statements) {
                seen.add("characteristics " + statements);
            }

            @Override
            public void transactionState(String flags) {
                seen.add("state " + flags);
            }
        });
        assertThat(seen)
                .containsExactly(
                        "abc=x",
                        "def=",
                        "schema db",
                        "changed true",
                        "gtids g1",
                        "characteristics ST",
                        "state T_______");
    }

    @Test
    void eachClientGetsItsOwnEndOfRows() {
        ByteBuf in = read(ROWS_AND_SCHEMA, true);
        assertThat(rowsEnd(in, BOTH)).isEqualTo(ROWS_AND_SCHEMA);
        assertThat(rowsEnd(in, Capabilities.DEPRECATE_EOF)).isEqualTo("fe000002000000");
        assertThat(rowsEnd(in, Capabilities.SESSION_TRACK)).isEqualTo("fe00000200");
        assertThat(rowsEnd(in, 0)).isEqualTo("fe00000200");
        assertThat(EofTranslation.okPassesUnchanged(ok, BOTH)).isTrue();
        assertThat(EofTranslation.okPassesUnchanged(ok, Capabilities.DEPRECATE_EOF))
                .isFalse();
        assertThat(EofTranslation.okPassesUnchanged(ok, Capabilities.SESSION_TRACK))
                .isFalse();

        ByteBuf eof = read("fe01000200", false);
        assertThat(rowsEnd(eof, BOTH)).isEqualTo("fe000002000100");
        assertThat(EofTranslation.okPassesUnchanged(ok, 0)).isTrue();
        assertThat(EofTranslation.okPassesUnchanged(ok, BOTH)).isFalse();
    }

    @Test
    void aClientWithoutSessionTrackKeepsTheInfoAndLosesTheBlock() {
        ByteBuf use = read(USE, true);
        assertThat(okFor(use, 0, 0)).isEqualTo("00000002000000");
        assertThat(okFor(use, Capabilities.SESSION_TRACK, 0)).isEqualTo(USE);
        assertThat(EofTranslation.okPassesUnchanged(ok, 0)).isFalse();
        assertThat(EofTranslation.okPassesUnchanged(ok, Capabilities.SESSION_TRACK))
                .isTrue();
        ByteBuf update = read(UPDATE, true);
        assertThat(EofTranslation.okPassesUnchanged(ok, 0)).isTrue();
        assertThat(okFor(update, 0, 2)).isEqualTo(UPDATE);
        assertThat(okFor(update, 0, 300)).isEqualTo("00fc2c01" + UPDATE.substring(4));
    }

    @Test
    void everyCutIsMalformedOrShorter() {
        byte[] whole = ByteBufUtil.decodeHexDump(USE);
        for (int length = 0; length < whole.length; length++) {
            ByteBuf cut = Unpooled.wrappedBuffer(whole, 0, length);
            if (length == 7 || length == 8) {
                // Ends at a field: no info, or no block.
                ok.read(cut, 0, length, true);
                assertThat(ok.stateLength()).isZero();
            } else {
                int bytes = length;
                assertThatThrownBy(() -> ok.read(cut, 0, bytes, true)).isInstanceOf(MalformedPacketException.class);
            }
        }
    }

    @Property(tries = 5000)
    void arbitraryBytesStayInBounds(@ForAll byte[] bytes, @ForAll boolean track, @ForAll boolean eof) {
        if (bytes.length > 0) {
            bytes[0] = (byte) (eof ? OkView.EOF : OkView.OK);
        }
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            ok.read(in, 0, bytes.length, track);
            assertThat(ok.infoIndex() + ok.infoLength()).isLessThanOrEqualTo(bytes.length);
            assertThat(ok.stateIndex() + ok.stateLength()).isLessThanOrEqualTo(bytes.length);
        } catch (MalformedPacketException expected) {
            // One of the two outcomes.
        }
        try {
            SessionTrack.visit(in, 0, bytes.length, new SessionTrackVisitor() {});
        } catch (MalformedPacketException expected) {
            // One of the two outcomes.
        }
    }
}
