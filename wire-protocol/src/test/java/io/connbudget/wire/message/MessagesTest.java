package io.connbudget.wire.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.response.ResponseTracker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MessagesTest {
    private static final int LOGIN = Capabilities.PROTOCOL_41
            | Capabilities.SECURE_CONNECTION
            | Capabilities.PLUGIN_AUTH
            | Capabilities.CONNECT_WITH_DB
            | Capabilities.CONNECT_ATTRS;
    private static final Map<String, Function<ByteBuf, Object>> DECODERS = decoders();

    private static Map<String, Function<ByteBuf, Object>> decoders() {
        Map<String, Function<ByteBuf, Object>> all = new LinkedHashMap<>();
        all.put("HandshakeV10", HandshakeV10::decode);
        all.put("SslRequest", SslRequest::decode);
        all.put("HandshakeResponse41", HandshakeResponse41::decode);
        all.put("AuthSwitchRequest", AuthSwitchRequest::decode);
        all.put("AuthMoreData", AuthMoreData::decode);
        all.put("OkPacket", in -> OkPacket.decode(in, Capabilities.SESSION_TRACK));
        all.put("OkPacket without SESSION_TRACK", in -> OkPacket.decode(in, 0));
        all.put("ErrPacket", ErrPacket::decode);
        all.put("EofPacket", EofPacket::decode);
        all.put("ChangeUser", in -> ChangeUser.decode(in, LOGIN));
        all.put("ChangeUser of old", in -> ChangeUser.decode(in, 0));
        all.put("PrepareOk", PrepareOk::decode);
        all.put("ColumnDefinition", ColumnDefinition::decode);
        all.put("TextRow", TextRow::decode);
        all.put("LocalInfileRequest", LocalInfileRequest::decode);
        return all;
    }

    private static ByteBuf encoded(Message message) {
        ByteBuf out = Unpooled.buffer();
        message.encode(out);
        return out;
    }

    private static void comesBack(Message message, Function<ByteBuf, ? extends Object> decoder) {
        ByteBuf payload = encoded(message);
        assertThat((Object) decoder.apply(payload)).usingRecursiveComparison().isEqualTo(message);
        assertThat(payload.isReadable()).isFalse();
    }

    private static HandshakeResponse41 login(int capabilities, byte[] authResponse) {
        return new HandshakeResponse41(
                capabilities,
                1 << 24,
                45,
                "jörg",
                authResponse,
                Capabilities.has(capabilities, Capabilities.CONNECT_WITH_DB) ? "shop" : null,
                Capabilities.has(capabilities, Capabilities.PLUGIN_AUTH) ? "caching_sha2_password" : null,
                Capabilities.has(capabilities, Capabilities.CONNECT_ATTRS)
                        ? Map.of("program_name", "celery")
                        : Map.of());
    }

    @Test
    void messagesComeBack() {
        byte[] nonce = HandshakeV10.newNonce(new SecureRandom());
        comesBack(
                new HandshakeV10("8.4.0", 0xFFFF_FFFFL, nonce, -1 & ~Capabilities.SSL, 45, 2, "caching_sha2_password"),
                HandshakeV10::decode);
        comesBack(new SslRequest(LOGIN | Capabilities.SSL, -1, 45), SslRequest::decode);
        comesBack(login(LOGIN, new byte[20]), HandshakeResponse41::decode);
        comesBack(login(LOGIN | Capabilities.PLUGIN_AUTH_LENENC_DATA, new byte[300]), HandshakeResponse41::decode);
        comesBack(login(Capabilities.PROTOCOL_41, new byte[] {1, 2}), HandshakeResponse41::decode);
        comesBack(new AuthSwitchRequest("mysql_native_password", nonce), AuthSwitchRequest::decode);
        comesBack(new AuthMoreData(new byte[] {4}), AuthMoreData::decode);
        comesBack(new OkPacket(0, -1, 1L << 40, 2, 7, new byte[] {'h', 'i'}), in -> OkPacket.decode(in, 0));
        comesBack(OkPacket.of(2), in -> OkPacket.decode(in, Capabilities.SESSION_TRACK));
        comesBack(new ErrPacket(1040, "08004", "Too many connections"), ErrPacket::decode);
        comesBack(new ErrPacket(1040, "", "Too many connections"), ErrPacket::decode);
        comesBack(new EofPacket(3, 0x22), EofPacket::decode);
        comesBack(
                new ChangeUser("u", new byte[32], "", 255, "caching_sha2_password", Map.of("a", "b")),
                in -> ChangeUser.decode(in, LOGIN));
        comesBack(new ChangeUser("u", new byte[0], "d", 8, null, Map.of()), in -> ChangeUser.decode(in, LOGIN));
        comesBack(new PrepareOk(-5, 65535, 3, 1), PrepareOk::decode);
        comesBack(ColumnDefinition.text("näme"), ColumnDefinition::decode);
        comesBack(ColumnDefinition.integer("n"), ColumnDefinition::decode);
        comesBack(TextRow.of("", null, "x".repeat(300)), TextRow::decode);
        comesBack(new LocalInfileRequest(new byte[] {'x'}), LocalInfileRequest::decode);
    }

    @Test
    void realServersBytesAreRead() {
        AuthSwitchRequest change = AuthSwitchRequest.decode(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(
                "fe6d7973716c5f6e61746976655f70617373776f726400526f594d595627596c33584223242b4c7b48377800")));
        assertThat(change.plugin()).isEqualTo("mysql_native_password");
        assertThat(change.nonce()).hasSize(20);
        ColumnDefinition column = ColumnDefinition.decode(Unpooled.wrappedBuffer(
                ByteBufUtil.decodeHexDump("036465660777745f7769726501740174017301730c2d00fffffffffc1000000000")));
        assertThat(column.schema()).isEqualTo("wt_wire");
        assertThat(column.columnLength()).isEqualTo(0xFFFF_FFFFL);
        assertThat(ByteBufUtil.hexDump(encoded(OkPacket.of(2)))).isEqualTo("00000002000000");
    }

    @Test
    void fieldsMissingAtTheEndOfALoginAreNone() {
        HandshakeResponse41 whole = login(LOGIN & ~Capabilities.CONNECT_ATTRS, new byte[20]);
        ByteBuf payload = encoded(whole);
        int plugin = "caching_sha2_password".length() + 1;
        ByteBuf withoutPlugin = payload.slice(0, payload.readableBytes() - plugin);
        assertThat(HandshakeResponse41.decode(withoutPlugin).authPlugin()).isNull();
        ByteBuf unterminated = payload.slice(0, payload.readableBytes() - 1);
        assertThat(HandshakeResponse41.decode(unterminated).authPlugin()).isEqualTo("caching_sha2_password");
    }

    @Test
    void noncesHaveNoByteThatEndsOrSplitsAString() {
        SecureRandom random = new SecureRandom();
        boolean[] seen = new boolean[128];
        for (int i = 0; i < 2000; i++) {
            for (byte b : HandshakeV10.newNonce(random)) {
                seen[b] = true;
            }
        }
        for (int value = 0; value < 128; value++) {
            assertThat(seen[value]).as("byte %d", value).isEqualTo(value != 0 && value != '$');
        }
    }

    @Test
    void secretsStayOutOfText() {
        byte[] secret = "hunter2hunter2".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(login(LOGIN, secret).toString()).contains("redacted").doesNotContain("hunter");
        assertThat(new ChangeUser("u", secret, "d", 8, null, Map.of()).toString())
                .contains("14 bytes redacted");
        assertThat(new AuthMoreData(secret).toString()).isEqualTo("AuthMoreData[14 bytes redacted]");
    }

    @Test
    void attributesAreBounded() {
        HandshakeResponse41 tooMany =
                new HandshakeResponse41(LOGIN, 0, 45, "u", new byte[0], null, null, Map.of("a", "x".repeat(64 * 1024)));
        assertThatThrownBy(() -> encoded(tooMany)).isInstanceOf(IllegalArgumentException.class);
        ByteBuf announced = Unpooled.buffer();
        new SslRequest(LOGIN, 0, 45).encode(announced);
        announced.writeBytes(new byte[] {'u', 0, 0, 0, 0}).writeBytes(ByteBufUtil.decodeHexDump("fd010001"));
        announced.writeZero(0x010001);
        assertThatThrownBy(() -> HandshakeResponse41.decode(announced))
                .isInstanceOf(MalformedPacketException.class)
                .hasMessageContaining("at most 65536 bytes");
    }

    @Test
    void aWholeResultEndsForEachClient() {
        TextResult result = new TextResult(
                List.of(ColumnDefinition.integer("n"), ColumnDefinition.text("s")), List.of(TextRow.of("1", null)));
        for (int capabilities : new int[] {0, Capabilities.DEPRECATE_EOF}) {
            ByteBuf out = Unpooled.buffer();
            int next = result.write(out, 1, capabilities, 2);
            ResponseTracker tracker = new ResponseTracker();
            tracker.begin(io.connbudget.wire.Command.QUERY, capabilities != 0, false);
            int sequence = 1;
            while (out.isReadable()) {
                assertThat(tracker.complete()).isFalse();
                int length = out.readUnsignedMediumLE();
                assertThat(out.readUnsignedByte()).isEqualTo((short) sequence++);
                tracker.packet(length, out.getUnsignedByte(out.readerIndex()), out, out.readerIndex());
                out.skipBytes(length);
            }
            assertThat(tracker.complete()).isTrue();
            assertThat(tracker.outcome().rows()).isEqualTo(1);
            assertThat(next).isEqualTo(sequence);
        }
    }

    @Property(tries = 3000)
    void arbitraryBytesAreReadOrMalformed(@ForAll byte[] bytes) {
        int[] heads = {10, 0xFE, 0x01, 0x00, 0xFF, 0x11, 0xFB};
        DECODERS.forEach((name, decoder) -> {
            onlyMalformed(name, decoder, bytes);
            if (bytes.length > 0) {
                for (int head : heads) {
                    byte[] plausible = bytes.clone();
                    plausible[0] = (byte) head;
                    onlyMalformed(name, decoder, plausible);
                }
            }
        });
    }

    @Property(tries = 1000)
    void damagedMessagesAreReadOrMalformed(@ForAll byte value, @ForAll @net.jqwik.api.constraints.Positive int where) {
        List<Message> messages = List.of(
                login(LOGIN, new byte[20]),
                login(LOGIN | Capabilities.PLUGIN_AUTH_LENENC_DATA, new byte[300]),
                new HandshakeV10("8.4.0", 1, new byte[20], -1, 45, 2, "p"),
                new ChangeUser("u", new byte[32], "", 255, "p", Map.of("a", "b")),
                ColumnDefinition.text("n"));
        for (Message message : messages) {
            byte[] bytes = ByteBufUtil.getBytes(encoded(message));
            bytes[where % bytes.length] = value;
            DECODERS.forEach((name, decoder) -> onlyMalformed(name, decoder, bytes));
            byte[] cut = java.util.Arrays.copyOf(bytes, where % bytes.length);
            DECODERS.forEach((name, decoder) -> onlyMalformed(name, decoder, cut));
        }
    }

    private static void onlyMalformed(String name, Function<ByteBuf, Object> decoder, byte[] bytes) {
        assertThatCode(() -> {
                    try {
                        decoder.apply(Unpooled.wrappedBuffer(bytes));
                    } catch (MalformedPacketException expected) {
                        assertThat(expected.getMessage()).contains("expected");
                    }
                })
                .as(name)
                .doesNotThrowAnyException();
    }
}
