package io.connbudget.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A network between the proxy and a server that can fall silent: what is connected then neither hears anything more nor is told,
 * as behind a firewall that has forgotten it. Connections that are made later pass.
 */
final class SilentNetwork implements AutoCloseable {
    private final ServerSocket listener;
    private final DatabaseServer server;
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private volatile int silentUpTo;
    private int accepted;

    SilentNetwork(DatabaseServer server) throws IOException {
        this.server = server;
        listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    String address() {
        return listener.getInetAddress().getHostAddress() + ":" + listener.getLocalPort();
    }

    /** From here on nothing passes on what is connected at this moment. */
    synchronized void fallSilent() {
        silentUpTo = accepted;
    }

    private synchronized int next() {
        return ++accepted;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket database = new Socket(server.host(), server.port());
                sockets.add(client);
                sockets.add(database);
                int number = next();
                start(() -> pump(client, database, number));
                start(() -> pump(database, client, number));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void pump(Socket from, Socket to, int number) {
        byte[] bytes = new byte[16 * 1024];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                if (number > silentUpTo) {
                    out.write(bytes, 0, n);
                }
            }
            if (number > silentUpTo) {
                to.shutdownOutput();
            }
        } catch (IOException e) {
            // The other side has closed, or the test has ended.
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "silent-network");
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
