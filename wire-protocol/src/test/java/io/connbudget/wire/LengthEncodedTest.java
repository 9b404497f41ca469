package io.connbudget.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LengthEncodedTest {
    @ParameterizedTest
    @CsvSource({
        "0,00",
        "250,fa",
        "251,fcfb00",
        "65535,fcffff",
        "65536,fd000001",
        "16777215,fdffffff",
        "16777216,fe0000000100000000",
        "-1,feffffffffffffffff"
    })
    void writesTheShortestForm(long value, String hex) {
        ByteBuf out = Unpooled.buffer();
        LengthEncoded.writeInteger(out, value);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(hex);
        assertThat(LengthEncoded.integerSize(value)).isEqualTo(out.readableBytes());
        assertThat(LengthEncoded.readInteger(out)).isEqualTo(value);
        assertThat(out.isReadable()).isFalse();
    }

    @Property
    void integersComeBack(@ForAll long value) {
        ByteBuf out = Unpooled.buffer();
        LengthEncoded.writeInteger(out, value);
        for (int length = 0; length < out.readableBytes(); length++) {
            ByteBuf cut = out.slice(0, length);
            assertThatThrownBy(() -> LengthEncoded.readInteger(cut)).isInstanceOf(MalformedPacketException.class);
            assertThat(cut.readerIndex()).isZero();
        }
        assertThat(LengthEncoded.readInteger(out)).isEqualTo(value);
    }

    @Property
    void stringsComeBack(@ForAll String text) {
        // A lone surrogate has no UTF-8.
        String valid = new String(text.getBytes(UTF_8), UTF_8);
        ByteBuf out = Unpooled.buffer();
        LengthEncoded.writeString(out, valid, UTF_8);
        ByteBuf cut = out.slice(0, out.readableBytes() - 1);
        assertThatThrownBy(() -> LengthEncoded.readString(cut, UTF_8)).isInstanceOf(MalformedPacketException.class);
        assertThat(LengthEncoded.readString(out, UTF_8)).isEqualTo(valid);
        assertThat(out.isReadable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"fb", "ff", "feffffffffffffffff", "feffffffffffffff7f", "fdffffff", "05616263"})
    void anAnnouncedLengthAllocatesNothing(String hex) {
        ByteBuf in = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
        assertThatThrownBy(() -> LengthEncoded.readBytes(in)).isInstanceOf(MalformedPacketException.class);
        assertThatThrownBy(() -> LengthEncoded.skip(in)).isInstanceOf(MalformedPacketException.class);
    }

    @Test
    void aPacketsHeaderIsFilledIn() {
        ByteBuf packet =
                Packets.write(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, 258, out -> out.writeZero(300));
        assertThat(Packets.length(packet, 0)).isEqualTo(300);
        assertThat(Packets.sequence(packet, 0)).isEqualTo(2);
        Packets.setSequence(packet, 0, 7);
        assertThat(ByteBufUtil.hexDump(packet, 0, 5)).isEqualTo("2c01000700");
        packet.release();
    }

    @Test
    void everyByteIsSomeCommand() {
        for (int code = -1; code <= 300; code++) {
            Command command = Command.of(code);
            assertThat(command == Command.UNKNOWN || command.code() == code).isTrue();
        }
        assertThat(Command.of(3)).isEqualTo(Command.QUERY);
        assertThat(Command.of(0x1f)).isEqualTo(Command.RESET_CONNECTION);
        assertThat(Command.of(0xfa)).isEqualTo(Command.STMT_BULK_EXECUTE);
        assertThat(Capabilities.describe(Capabilities.SSL | Capabilities.REMEMBER_OPTIONS))
                .isEqualTo("SSL|REMEMBER_OPTIONS");
        assertThat(Capabilities.has(Capabilities.SSL, Capabilities.SSL | Capabilities.ODBC))
                .isFalse();
    }
}
