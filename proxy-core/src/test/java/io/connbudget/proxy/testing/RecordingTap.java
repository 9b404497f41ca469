package io.connbudget.proxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes connections on to a real server and keeps what the client sent on each. */
public final class RecordingTap implements AutoCloseable {
    private final ServerSocket listener;
    private final String host;
    private final int port;
    private final List<ByteArrayOutputStream> sent = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    public RecordingTap(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept, "tap-accept");
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Per connection, the first payload byte of each client packet with sequence number 0: the commands. */
    public List<List<Integer>> commands() {
        List<List<Integer>> all = new ArrayList<>();
        for (ByteArrayOutputStream stream : sent) {
            byte[] bytes;
            synchronized (stream) {
                bytes = stream.toByteArray();
            }
            List<Integer> commands = new ArrayList<>();
            int at = 0;
            while (at + 4 < bytes.length) {
                int length = (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
                if (bytes[at + 3] == 0) {
                    commands.add(bytes[at + 4] & 0xff);
                }
                at += 4 + length;
            }
            all.add(commands);
        }
        return all;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket server = new Socket(host, port);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(server);
                ByteArrayOutputStream record = new ByteArrayOutputStream();
                sent.add(record);
                start(() -> pump(client, server, record), "tap-up");
                start(() -> pump(server, client, new ByteArrayOutputStream()), "tap-down");
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private static void pump(Socket from, Socket to, ByteArrayOutputStream record) {
        byte[] buffer = new byte[8192];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                synchronized (record) {
                    record.write(buffer, 0, n);
                }
                out.write(buffer, 0, n);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // One side closed.
        }
    }

    private static void start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
