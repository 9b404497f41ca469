package io.connbudget.proxy.testing;

import io.connbudget.wire.Capabilities;
import io.connbudget.wire.Message;
import io.connbudget.wire.Packets;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.message.HandshakeResponse41;
import io.connbudget.wire.message.HandshakeV10;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A client that sends what no driver would: bytes as a test wants them. Blocking, with a read time-out. */
public final class RawClient implements AutoCloseable {
    public static final int CAPABILITIES = Capabilities.PROTOCOL_41
            | Capabilities.SECURE_CONNECTION
            | Capabilities.PLUGIN_AUTH
            | Capabilities.TRANSACTIONS
            | Capabilities.MULTI_RESULTS
            | Capabilities.CONNECT_WITH_DB
            | Capabilities.DEPRECATE_EOF;

    private static final int TIMEOUT_MILLIS = 30_000;

    /** An answer: its packets' payloads, the last one an OK, ERR or end of rows. */
    public record Answer(List<byte[]> packets) {
        public byte[] last() {
            return packets.get(packets.size() - 1);
        }

        /** The code of the ERR, 0 where there was none. */
        public int error() {
            byte[] last = last();
            return (last[0] & 0xff) == 0xff ? (last[1] & 0xff) | (last[2] & 0xff) << 8 : 0;
        }

        public String message() {
            byte[] last = last();
            return error() == 0 ? "" : new String(last, 9, last.length - 9, StandardCharsets.UTF_8);
        }

        /** The one value of a result of one row. */
        public String value() {
            if (error() != 0) {
                throw new AssertionError(error() + " " + message());
            }
            byte[] row = packets.get(2);
            return new String(row, 1, row.length - 1, StandardCharsets.US_ASCII);
        }
    }

    public final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private int lastSequence;
    private HandshakeV10 greeting;

    public RawClient(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** A client that is logged in. */
    public static RawClient login(int port, String user, String password, String schema) throws IOException {
        RawClient client = new RawClient(port);
        Answer answer = client.authenticate(user, password, schema);
        if (answer.error() != 0) {
            client.close();
            throw new AssertionError(answer.error() + " " + answer.message());
        }
        return client;
    }

    public HandshakeV10 greeting() throws IOException {
        if (greeting == null) {
            greeting = HandshakeV10.decode(Unpooled.wrappedBuffer(read()));
        }
        return greeting;
    }

    public Answer authenticate(String user, String password, String schema) throws IOException {
        byte[] scramble = NativePassword.scramble(
                password.getBytes(StandardCharsets.UTF_8), greeting().nonce());
        send(1, response(CAPABILITIES, user, scramble, schema, "mysql_native_password"));
        return new Answer(List.of(read()));
    }

    public static HandshakeResponse41 response(
            int capabilities, String user, byte[] scramble, String schema, String plugin) {
        return new HandshakeResponse41(capabilities, 1 << 24, 45, user, scramble, schema, plugin, Map.of());
    }

    public void send(int sequence, Message message) throws IOException {
        raw(bytes(sequence, message));
    }

    public static byte[] bytes(int sequence, Message message) {
        ByteBuf packet = Packets.write(UnpooledByteBufAllocator.DEFAULT, sequence, message);
        byte[] bytes = ByteBufUtil.getBytes(packet);
        packet.release();
        return bytes;
    }

    public void raw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    public static byte[] command(int code, String body) {
        byte[] text = body.getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[1 + text.length];
        payload[0] = (byte) code;
        System.arraycopy(text, 0, payload, 1, text.length);
        return ScriptedServer.Session.packet(0, payload);
    }

    public void sendQuery(String sql) throws IOException {
        raw(command(3, sql));
    }

    public Answer query(String sql) throws IOException {
        sendQuery(sql);
        return answer();
    }

    public Answer command(int code) throws IOException {
        raw(command(code, ""));
        return answer();
    }

    /** Reads one answer: an OK, an ERR, or a result with its rows. */
    public Answer answer() throws IOException {
        List<byte[]> packets = new ArrayList<>();
        byte[] first = read();
        packets.add(first);
        int head = first[0] & 0xff;
        if (head == 0 || head == 0xff || head == 0xfe) {
            return new Answer(packets);
        }
        while (true) {
            byte[] packet = read();
            packets.add(packet);
            int kind = packet[0] & 0xff;
            if (kind == 0xff || kind == 0xfe) {
                return new Answer(packets);
            }
        }
    }

    /** The next packet's payload. */
    public byte[] read() throws IOException {
        int length = in.readUnsignedByte() | in.readUnsignedByte() << 8 | in.readUnsignedByte() << 16;
        lastSequence = in.readUnsignedByte();
        byte[] payload = new byte[length];
        in.readFully(payload);
        return payload;
    }

    /** The sequence id of the packet that was read last. */
    public int lastSequence() {
        return lastSequence;
    }

    /** Whether the other side has closed, with whatever packets before. */
    public boolean ended() throws IOException {
        try {
            while (true) {
                read();
            }
        } catch (EOFException | SocketException e) {
            return true;
        }
    }

    /** Vanishes without a word: the other side gets a reset. */
    public void vanish() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
