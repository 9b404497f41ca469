package io.connbudget.proxy.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Message;
import io.connbudget.wire.Packets;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.message.AuthMoreData;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.HandshakeV10;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

/** What a server may ask for when a backend is moved to another account, and what it gets. */
class AccountSwitchTest {
    private static final byte[] PASSWORD = "a password".getBytes(StandardCharsets.UTF_8);

    private final byte[] nonce = HandshakeV10.newNonce(new SecureRandom());

    private static AccountSwitch exchange(boolean encrypted) {
        BackendAccount account = new BackendAccount() {
            @Override
            public String user() {
                return "app";
            }

            @Override
            public byte[] password() {
                return PASSWORD.clone();
            }

            @Override
            public boolean refused(byte[] error) {
                return false;
            }

            @Override
            public void accepted() {}

            @Override
            public byte[] recentRefusal(long nowNanos) {
                return null;
            }
        };
        return new AccountSwitch(account, UnpooledByteBufAllocator.DEFAULT, encrypted);
    }

    /** The payload of the reply, null for none. */
    private static byte[] reply(AccountSwitch exchange, int sequence, Message packet) {
        ByteBuf in = Packets.write(UnpooledByteBufAllocator.DEFAULT, sequence, packet);
        try {
            assertThat(exchange.received(in, 0)).isEqualTo(in.writerIndex());
        } finally {
            in.release();
        }
        ByteBuf reply = exchange.takeReply();
        if (reply == null) {
            return null;
        }
        byte[] payload =
                ByteBufUtil.getBytes(reply, Packets.HEADER_BYTES, reply.readableBytes() - Packets.HEADER_BYTES);
        reply.release();
        return payload;
    }

    @Test
    void aPasswordGoesInClearOverTlsOnly() {
        AccountSwitch clear = exchange(true);
        byte[] terminated = java.util.Arrays.copyOf(PASSWORD, PASSWORD.length + 1);
        assertThat(reply(clear, 1, new AuthSwitchRequest("mysql_clear_password", nonce)))
                .isEqualTo(terminated);
        AccountSwitch full = exchange(true);
        assertThat(reply(full, 1, new AuthSwitchRequest(CachingSha2Password.PLUGIN, nonce)))
                .isEqualTo(CachingSha2Password.scramble(PASSWORD, nonce));
        assertThat(reply(full, 3, more(CachingSha2Password.PERFORM_FULL_AUTHENTICATION)))
                .isEqualTo(terminated);

        AccountSwitch refusing = exchange(false);
        assertThatThrownBy(() -> reply(refusing, 1, new AuthSwitchRequest("mysql_clear_password", nonce)))
                .isInstanceOf(MalformedPacketException.class)
                .hasMessageContaining("no TLS");
        AccountSwitch rsa = exchange(false);
        reply(rsa, 1, new AuthSwitchRequest(CachingSha2Password.PLUGIN, nonce));
        assertThat(reply(rsa, 3, more(CachingSha2Password.PERFORM_FULL_AUTHENTICATION)))
                .as("asks for the public key")
                .containsExactly(CachingSha2Password.REQUEST_PUBLIC_KEY);
    }

    @Test
    void nothingIsSaidToAServerThatKeepsToNoExchange() {
        for (boolean encrypted : new boolean[] {true, false}) {
            for (Message early : new Message[] {
                more(CachingSha2Password.PERFORM_FULL_AUTHENTICATION),
                new AuthMoreData("no key".getBytes(StandardCharsets.UTF_8))
            }) {
                AccountSwitch exchange = exchange(encrypted);
                assertThatThrownBy(() -> reply(exchange, 1, early)).isInstanceOf(MalformedPacketException.class);
                assertThat(exchange.takeReply()).isNull();
                assertThat(exchange.done()).isFalse();
            }
        }
        AccountSwitch unknown = exchange(true);
        assertThatThrownBy(() -> reply(unknown, 1, new AuthSwitchRequest("authentication_windows_client", nonce)))
                .isInstanceOf(MalformedPacketException.class);
        AccountSwitch noKey = exchange(false);
        reply(noKey, 1, new AuthSwitchRequest(CachingSha2Password.PLUGIN, nonce));
        assertThatThrownBy(() -> reply(noKey, 3, new AuthMoreData("no key".getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(MalformedPacketException.class);
    }

    private static AuthMoreData more(int code) {
        return new AuthMoreData(new byte[] {(byte) code});
    }
}
