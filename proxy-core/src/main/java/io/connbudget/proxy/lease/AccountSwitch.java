package io.connbudget.proxy.lease;

import io.connbudget.wire.MalformedPacketException;
import io.connbudget.wire.Packets;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.auth.RsaPassword;
import io.connbudget.wire.message.AuthMoreData;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.ChangeUser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * COM_CHANGE_USER on a backend: an account at the database, without a schema. The server always asks with a fresh
 * nonce (FACTS, section 3), so nothing can be sent behind it.
 *
 * <pre>
 *   request --> AuthSwitchRequest --> scramble --> OK
 *                                          \--> fast success --> OK
 *                                           \--> full --> public key --> encrypted password --> OK
 * </pre>
 */
final class AccountSwitch {
    /** utf8mb4_general_ci: both servers know it. */
    private static final int COLLATION = 45;

    /** A public key is the longest answer that makes sense. */
    private static final int MAX_ANSWER_BYTES = 64 * 1024;

    /** What says nothing of the account: the handshake, the network, a KILL or a shutdown has ended the exchange. */
    private static final Set<Integer> BROKEN_OFF =
            Set.of(1043, 1053, 1153, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1317, 1835, 1927);

    private static final int OK = 0x00;
    private static final int AUTH_MORE = 0x01;
    private static final int AUTH_SWITCH = 0xfe;
    private static final int ERR = 0xff;

    private final BackendAccount account;
    private final ByteBufAllocator allocator;
    private final boolean encrypted;
    private byte[] nonce = new byte[0];
    private @Nullable ByteBuf reply;
    private byte @Nullable [] error;
    private boolean done;

    /** An exchange; {@code encrypted}: the server takes the password as it is. */
    AccountSwitch(BackendAccount account, ByteBufAllocator allocator, boolean encrypted) {
        this.encrypted = encrypted;
        this.account = account;
        this.allocator = allocator;
    }

    /** The command; the caller owns the buffer. */
    ByteBuf request() {
        return Packets.write(
                allocator,
                0,
                new ChangeUser(account.user(), new byte[0], "", COLLATION, "mysql_native_password", Map.of()));
    }

    /**
     * Takes the packet at {@code from}.
     *
     * @return the index behind it, or {@code from} where it is not whole yet
     */
    int received(ByteBuf in, int from) {
        if (in.writerIndex() - from < Packets.HEADER_BYTES) {
            return from;
        }
        int length = Packets.length(in, from);
        int next = from + Packets.HEADER_BYTES + length;
        if (length == 0 || length > MAX_ANSWER_BYTES) {
            throw new MalformedPacketException("an answer to COM_CHANGE_USER of " + length + " bytes");
        }
        if (next > in.writerIndex()) {
            return from;
        }
        ByteBuf payload = in.slice(from + Packets.HEADER_BYTES, length);
        int sequence = Packets.sequence(in, from) + 1;
        switch (payload.getUnsignedByte(0)) {
            case OK -> done = true;
            case ERR -> {
                error = new byte[length];
                payload.readBytes(error);
            }
            case AUTH_SWITCH -> reply = switched(AuthSwitchRequest.decode(payload), sequence);
            case AUTH_MORE -> reply = more(AuthMoreData.decode(payload).data(), sequence);
            default -> throw new MalformedPacketException("an unknown answer to COM_CHANGE_USER");
        }
        return next;
    }

    private @Nullable ByteBuf switched(AuthSwitchRequest request, int sequence) {
        nonce = request.nonce();
        byte[] password = account.password();
        try {
            byte[] scramble =
                    switch (request.plugin()) {
                        case "mysql_native_password" -> NativePassword.scramble(password, nonce);
                        case "caching_sha2_password" -> CachingSha2Password.scramble(password, nonce);
                        case "mysql_clear_password" -> clear(password);
                        default ->
                            throw new MalformedPacketException(
                                    "COM_CHANGE_USER asks for the authentication plugin " + request.plugin());
                    };
            return packet(scramble, sequence);
        } finally {
            Arrays.fill(password, (byte) 0);
        }
    }

    /** For accounts of IAM, LDAP and the like; never where anybody could read it. */
    private byte[] clear(byte[] password) {
        if (!encrypted) {
            throw new MalformedPacketException(
                    "COM_CHANGE_USER asks for the password in clear text, and the connection to the database has no TLS");
        }
        return Arrays.copyOf(password, password.length + 1);
    }

    private @Nullable ByteBuf more(byte[] data, int sequence) {
        if (data.length == 1 && data[0] == CachingSha2Password.FAST_AUTH_SUCCESS) {
            return null;
        }
        if (nonce.length == 0) {
            throw new MalformedPacketException("COM_CHANGE_USER is answered by more data before a nonce");
        }
        byte[] password = account.password();
        try {
            if (data.length == 1 && data[0] == CachingSha2Password.PERFORM_FULL_AUTHENTICATION) {
                if (encrypted) {
                    return packet(Arrays.copyOf(password, password.length + 1), sequence);
                }
                return packet(new byte[] {CachingSha2Password.REQUEST_PUBLIC_KEY}, sequence);
            }
            return packet(RsaPassword.encrypt(password, nonce, RsaPassword.fromPem(data)), sequence);
        } catch (GeneralSecurityException e) {
            throw new MalformedPacketException("the server's public key cannot be used");
        } finally {
            Arrays.fill(password, (byte) 0);
        }
    }

    private ByteBuf packet(byte[] payload, int sequence) {
        ByteBuf out = allocator.buffer(Packets.HEADER_BYTES + payload.length);
        Packets.writeHeader(out, payload.length, sequence);
        return out.writeBytes(payload);
    }

    /** What must be sent to the server, or null; the caller owns it. */
    @Nullable ByteBuf takeReply() {
        ByteBuf taken = reply;
        reply = null;
        return taken;
    }

    BackendAccount account() {
        return account;
    }

    /** Whether the server has said OK. */
    boolean done() {
        return done;
    }

    /** Whether the server's ERR says nothing of the account, so that the same may succeed on another connection. */
    boolean brokenOff() {
        byte[] err = error;
        return err != null && err.length > 2 && BROKEN_OFF.contains((err[1] & 0xff) | (err[2] & 0xff) << 8);
    }

    /** The payload of the server's ERR, or null. */
    byte @Nullable [] error() {
        return error;
    }
}
