package io.connbudget.proxy.testing;

import io.connbudget.wire.Packets;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A MySQL server that does what a test tells it to, one thread per connection. It counts connections as a server does: from accept until
 * it has closed its side.
 */
public final class ScriptedServer implements AutoCloseable {
    public static final int SSL = 1 << 11;
    /** What a MySQL 8.4 offers, less SSL and compression. */
    public static final int CAPABILITIES = 0xdfffffff & ~SSL & ~(1 << 5) & ~(1 << 26);

    public static final String VERSION = "8.4.0-scripted";

    /** What happens on one connection; the connection is closed when it returns. */
    @FunctionalInterface
    public interface Script {
        void run(Session session) throws Exception;
    }

    private final ServerSocket listener;
    private final Script script;
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger peak = new AtomicInteger();
    private final List<Session> sessions = new CopyOnWriteArrayList<>();

    public ScriptedServer(Script script) throws IOException {
        this.script = script;
        listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        start("scripted-accept", this::accept);
    }

    /** A server that logs everybody in and answers each command with OK. */
    public static ScriptedServer answering() throws IOException {
        return new ScriptedServer(session -> {
            session.login();
            session.serve();
        });
    }

    public int port() {
        return listener.getLocalPort();
    }

    public int accepted() {
        return accepted.get();
    }

    public int open() {
        return open.get();
    }

    /** The most connections that were open at once. */
    public int peak() {
        return peak.get();
    }

    /** In order of accept; closed ones too. */
    public List<Session> sessions() {
        return sessions;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                int id = accepted.incrementAndGet();
                peak.accumulateAndGet(open.incrementAndGet(), Math::max);
                Session session = new Session(socket, id);
                sessions.add(session);
                start("scripted-" + id, () -> converse(session));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void converse(Session session) {
        try {
            script.run(session);
        } catch (Exception e) {
            // The client went away.
        } finally {
            open.decrementAndGet();
            session.close();
        }
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        sessions.forEach(Session::close);
    }

    /** One connection, from the server's side. */
    public static final class Session {
        private final int id;
        private Socket socket;
        private DataInputStream in;

        private Session(Socket socket, int id) throws IOException {
            this.socket = socket;
            this.id = id;
            this.in = new DataInputStream(socket.getInputStream());
        }

        public int id() {
            return id;
        }

        /** Greets, takes whatever login comes, and says OK. */
        public void login() throws IOException {
            greet(CAPABILITIES);
            readPacket();
            ok(2);
        }

        public void greet(int capabilities) throws IOException {
            raw(greeting(capabilities));
        }

        /** A HandshakeV10 packet with mysql_native_password; the thread id is {@link #id}. */
        public byte[] greeting(int capabilities) throws IOException {
            ByteArrayOutputStream p = new ByteArrayOutputStream();
            p.write(10);
            p.write(VERSION.getBytes(StandardCharsets.US_ASCII));
            p.write(0);
            int4(p, id);
            p.write("12345678".getBytes(StandardCharsets.US_ASCII));
            p.write(0);
            p.write(capabilities);
            p.write(capabilities >> 8);
            p.write(255);
            p.write(2);
            p.write(0);
            p.write(capabilities >> 16);
            p.write(capabilities >> 24);
            p.write(21);
            p.write(new byte[10]);
            p.write("123456789012".getBytes(StandardCharsets.US_ASCII));
            p.write(0);
            p.write("mysql_native_password".getBytes(StandardCharsets.US_ASCII));
            p.write(0);
            return packet(0, p.toByteArray());
        }

        /** Puts TLS under what follows, as the server; an SSLRequest was read. */
        public void startTls(SSLContext context) throws IOException {
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
            tls.startHandshake();
            socket = tls;
            in = new DataInputStream(tls.getInputStream());
        }

        /** Answers each command with OK until COM_QUIT or the client's FIN. */
        public void serve() throws IOException {
            while (true) {
                byte[] command = readPacket();
                if (command == null || command[0] == 1) {
                    return;
                }
                ok(1);
            }
        }

        /** The next payload, of several packets where the first is full, or null after the client's FIN. */
        public byte[] readPacket() throws IOException {
            try {
                ByteArrayOutputStream payload = new ByteArrayOutputStream();
                int length;
                int sequence = -1;
                do {
                    length = in.readUnsignedByte() | in.readUnsignedByte() << 8 | in.readUnsignedByte() << 16;
                    int got = in.readUnsignedByte();
                    if (sequence >= 0 && got != (sequence + 1 & 0xff)) {
                        throw new IOException("sequence id " + got + " behind " + sequence);
                    }
                    sequence = got;
                    byte[] part = new byte[length];
                    in.readFully(part);
                    payload.write(part);
                } while (length == Packets.MAX_PAYLOAD);
                return payload.toByteArray();
            } catch (EOFException e) {
                return null;
            }
        }

        public void ok(int sequence) throws IOException {
            raw(okPacket(sequence));
        }

        public static byte[] okPacket(int sequence) {
            return packet(sequence, new byte[] {0, 0, 0, 2, 0, 0, 0});
        }

        public void err(int sequence, int code, String message) throws IOException {
            ByteArrayOutputStream p = new ByteArrayOutputStream();
            p.write(0xff);
            p.write(code);
            p.write(code >> 8);
            // Before the login an ERR has no SQLSTATE.
            if (sequence > 0) {
                p.write("#HY000".getBytes(StandardCharsets.US_ASCII));
            }
            p.write(message.getBytes(StandardCharsets.US_ASCII));
            raw(packet(sequence, p.toByteArray()));
        }

        /** In one write. */
        public void raw(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        /** The payload as a packet, or as several where it is too long for one. */
        public static byte[] packet(int sequence, byte[] payload) {
            int packets = payload.length / Packets.MAX_PAYLOAD + 1;
            byte[] out = new byte[4 * packets + payload.length];
            for (int i = 0; i < packets; i++) {
                int from = i * Packets.MAX_PAYLOAD;
                int length = Math.min(payload.length - from, Packets.MAX_PAYLOAD);
                int at = from + 4 * i;
                out[at] = (byte) length;
                out[at + 1] = (byte) (length >> 8);
                out[at + 2] = (byte) (length >> 16);
                out[at + 3] = (byte) (sequence + i);
                System.arraycopy(payload, from, out, at + 4, length);
            }
            return out;
        }

        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                // Closed already.
            }
        }

        private static void int4(ByteArrayOutputStream out, int value) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(value >> shift);
            }
        }
    }
}
