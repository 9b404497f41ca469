package io.connbudget.proxy.testing;

import io.connbudget.wire.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A database that knows transactions and {@code SELECT <number>}, and has traps: the next command that contains a trap's
 * text gets something else than its answer. Says OK to all else.
 */
public final class MockDatabase implements AutoCloseable {
    /** What becomes of a command that steps into a trap. */
    public enum Trap {
        /** No answer until {@link MockDatabase#release}; a command that has none holds up those behind it. */
        HANG,
        /** The connection is closed without an answer. */
        CLOSE,
        /** The connection is closed in the middle of the answer. */
        CLOSE_INSIDE,
        /** Eleven bytes too many behind the answer. */
        EXTRA,
        /** An ERR. */
        ERROR,
        /** The ERR of a server that has read another packet than it expected. */
        OUT_OF_ORDER,
        /** An OK with a new LAST_INSERT_ID(). */
        INSERT_ID
    }

    private static final Pattern NUMBER = Pattern.compile("SELECT (\\d+)");
    private static final int AUTOCOMMIT = 2;
    private static final int IN_TRANSACTION = 3;
    private static final int PREPARE_COMMAND = 0x16;

    private final ScriptedServer server;
    private final Map<String, Trap> traps = new ConcurrentHashMap<>();
    private final AtomicInteger sprung = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger inTransaction = new AtomicInteger();
    private final CountDownLatch released = new CountDownLatch(1);
    private final List<ScriptedServer.Session> serving = new CopyOnWriteArrayList<>();
    private volatile boolean refusing;

    public MockDatabase() throws IOException {
        server = new ScriptedServer(this::serve);
    }

    public int port() {
        return server.port();
    }

    public ScriptedServer server() {
        return server;
    }

    /** The next command with this text in it gets this. */
    public void trap(String text, Trap trap) {
        traps.put(text, trap);
    }

    /** Takes away the traps that nothing has stepped into. */
    public void clearTraps() {
        traps.clear();
    }

    /** Commands that a trap has caught. */
    public int sprung() {
        return sprung.get();
    }

    /** Commands that hung and were answered. */
    public int answered() {
        return answered.get();
    }

    /** Ends all that hangs. */
    public void release() {
        released.countDown();
    }

    /** Whether new connections are refused by an ERR in place of the greeting. */
    public void refusing(boolean value) {
        refusing = value;
    }

    /** Closes one of the connections that have logged in, without a word. */
    public void kill(Random random) {
        Object[] all = serving.toArray();
        if (all.length > 0) {
            ((ScriptedServer.Session) all[random.nextInt(all.length)]).close();
        }
    }

    /** Connections with an open transaction. */
    public int inTransaction() {
        return inTransaction.get();
    }

    private void serve(ScriptedServer.Session session) throws Exception {
        if (refusing) {
            session.err(0, 1040, "Too many connections");
            return;
        }
        session.login();
        serving.add(session);
        boolean transaction = false;
        try {
            while (true) {
                byte[] packet = session.readPacket();
                if (packet == null || packet.length == 0 || packet[0] == 1) {
                    return;
                }
                String text = Command.of(packet[0]) + " "
                        + new String(packet, 1, packet.length - 1, StandardCharsets.ISO_8859_1);
                boolean next = transaction;
                if (text.startsWith("QUERY BEGIN")) {
                    next = true;
                } else if (text.matches("QUERY (COMMIT|ROLLBACK).*")
                        || text.startsWith("RESET")
                        || text.startsWith("CHANGE_USER")) {
                    next = false;
                }
                if (next != transaction) {
                    inTransaction.addAndGet(next ? 1 : -1);
                    transaction = next;
                }
                Trap trap = sprung(text);
                if (packet[0] == 0x19 || packet[0] == 0x18) {
                    if (trap == Trap.HANG) {
                        released.await();
                    }
                    continue;
                }
                byte[] answer = answer(packet[0], text, transaction ? IN_TRANSACTION : AUTOCOMMIT);
                if (trap == null) {
                    session.raw(answer);
                    continue;
                }
                switch (trap) {
                    case HANG -> {
                        released.await();
                        session.raw(answer);
                        answered.incrementAndGet();
                    }
                    case CLOSE -> {
                        return;
                    }
                    case CLOSE_INSIDE -> {
                        byte[] rows = result(1, "1", AUTOCOMMIT);
                        byte[] part = java.util.Arrays.copyOf(rows, rows.length - 13);
                        session.raw(part);
                        return;
                    }
                    case EXTRA -> session.raw(concat(answer, ScriptedServer.Session.okPacket(1)));
                    case ERROR -> session.err(1, 1105, "trap");
                    case OUT_OF_ORDER -> session.err(1, 1156, "Got packets out of order");
                    case INSERT_ID ->
                        session.raw(ScriptedServer.Session.packet(1, new byte[] {0, 1, 42, AUTOCOMMIT, 0, 0, 0}));
                }
            }
        } finally {
            serving.remove(session);
            if (transaction) {
                inTransaction.decrementAndGet();
            }
        }
    }

    private Trap sprung(String text) {
        for (String key : traps.keySet()) {
            if (text.contains(key)) {
                Trap trap = traps.remove(key);
                if (trap != null) {
                    sprung.incrementAndGet();
                    return trap;
                }
            }
        }
        return null;
    }

    private static byte[] answer(int command, String text, int status) {
        if (command == PREPARE_COMMAND) {
            byte[] prepared = new byte[12];
            prepared[1] = 7;
            byte[] definition = definition();
            if (!text.contains("?")) {
                return ScriptedServer.Session.packet(1, prepared);
            }
            prepared[7] = 1;
            return concat(ScriptedServer.Session.packet(1, prepared), ScriptedServer.Session.packet(2, definition));
        }
        if (text.contains("LAST_INSERT_ID(),@@session")) {
            return lastValues(status);
        }
        Matcher number = NUMBER.matcher(text);
        if (command == 3 && number.find()) {
            return result(1, number.group(1), status);
        }
        if (command == 3 && text.contains("SELECT ROWS")) {
            return result(20_000, "x".repeat(1000), status);
        }
        return ScriptedServer.Session.packet(1, new byte[] {0, 0, 0, (byte) status, 0, 0, 0});
    }

    private static byte[] lastValues(int status) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ScriptedServer.Session.packet(1, new byte[] {3}));
        for (int i = 0; i < 3; i++) {
            out.writeBytes(ScriptedServer.Session.packet(2 + i, definition()));
        }
        byte[] collation = "utf8mb4_general_ci".getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream row = new ByteArrayOutputStream();
        row.write(2);
        row.writeBytes("42".getBytes(StandardCharsets.US_ASCII));
        row.write(collation.length);
        row.writeBytes(collation);
        row.write(1);
        row.write('0');
        out.writeBytes(ScriptedServer.Session.packet(5, row.toByteArray()));
        out.writeBytes(ScriptedServer.Session.packet(6, new byte[] {(byte) 0xfe, 0, 0, (byte) status, 0, 0, 0}));
        return out.toByteArray();
    }

    private static byte[] result(int rows, String value, int status) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ScriptedServer.Session.packet(1, new byte[] {1}));
        out.writeBytes(ScriptedServer.Session.packet(2, definition()));
        ByteArrayOutputStream row = new ByteArrayOutputStream();
        if (value.length() > 250) {
            row.write(0xfc);
            row.write(value.length());
            row.write(value.length() >> 8);
        } else {
            row.write(value.length());
        }
        row.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < rows; i++) {
            out.writeBytes(ScriptedServer.Session.packet(3 + i, row.toByteArray()));
        }
        out.writeBytes(ScriptedServer.Session.packet(3 + rows, new byte[] {(byte) 0xfe, 0, 0, (byte) status, 0, 0, 0}));
        return out.toByteArray();
    }

    private static byte[] definition() {
        return new byte[] {3, 'd', 'e', 'f', 0, 0, 0, 1, 'a', 0, 0x0c, 0x3f, 0, 11, 0, 0, 0, 3, 0, 0, 0, 0, 0};
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] all = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    @Override
    public void close() throws IOException {
        release();
        server.close();
    }
}
