package io.connbudget.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.ProxyServer;
import io.connbudget.proxy.config.ConfigLoader;
import io.connbudget.proxy.metrics.ProxyMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * What somebody sees who listens on the wire, by tshark, on both sides of the proxy: behind a request for TLS nothing but TLS
 * records. The same session without TLS, in the same capture, shows its text.
 */
@Tag("clients")
final class TlsCaptureTest {
    private static final int SSL_REQUEST_BYTES = 36;
    private static final int CLIENT_SSL = 1 << 11;
    private static final int TLS_HEADER_BYTES = 5;
    private static final String ENCRYPTED = "marker-of-the-encrypted-session";
    private static final String CLEAR = "marker-of-the-clear-session";

    @TempDir
    Path directory;

    @OnEveryServer
    void behindARequestForTlsThereIsNoClearText(TestDatabase database) throws Exception {
        certificate();
        boolean backendTls = database.server().kind() == DatabaseServer.Kind.MYSQL;
        int encryptedPort = freePort();
        int clearPort = freePort();
        Path file = directory.resolve("capture.pcapng");
        Process capture =
                capture(file, encryptedPort, clearPort, database.server().port());
        Set<Integer> encryptedBackends;
        Set<Integer> clearBackends;
        try {
            encryptedBackends =
                    session(database, encryptedPort, "require", backendTls ? "required" : "disabled", ENCRYPTED);
            clearBackends = session(database, clearPort, "off", "disabled", CLEAR);
            // It came last, so with it all is there.
            byte[] last = CLEAR.getBytes(StandardCharsets.US_ASCII);
            Await.until("the capture is written", () -> count(Files.readAllBytes(file), last) >= 4);
        } finally {
            capture.destroy();
            assertThat(capture.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        List<Stream> streams = streams(file);

        List<Stream> front = of(streams, Set.of(encryptedPort));
        assertThat(front).hasSize(1);
        assertOnlyTls(front);
        List<Stream> back = of(streams, encryptedBackends);
        assertThat(back).isNotEmpty();
        if (backendTls) {
            assertOnlyTls(back);
        } else {
            assertThat(back).anyMatch(stream -> stream.shows(ENCRYPTED));
        }
        // The same eyes see what is in clear.
        for (List<Stream> seen : List.of(of(streams, Set.of(clearPort)), of(streams, clearBackends))) {
            assertThat(seen).anyMatch(stream -> stream.shows(CLEAR));
            assertThat(seen).noneMatch(Stream::asksForTls);
            assertThat(seen).noneMatch(stream -> stream.clearBehindTheRequest().isEmpty());
        }
    }

    private static void assertOnlyTls(List<Stream> streams) {
        for (Stream stream : streams) {
            assertThat(stream.asksForTls()).as("asks for TLS").isTrue();
            assertThat(stream.clearBehindTheRequest())
                    .as("bytes that are no TLS record")
                    .isEmpty();
            assertThat(stream.shows(ENCRYPTED)).isFalse();
        }
    }

    /** One client's session through a proxy; returns the ports from which the proxy reached the database. */
    private Set<Integer> session(TestDatabase database, int port, String frontend, String backend, String marker)
            throws Exception {
        Map<String, String> e = new HashMap<>();
        e.put("CONNBUDGET_LISTEN", "127.0.0.1:" + port);
        e.put("CONNBUDGET_HTTP", "off");
        e.put("CONNBUDGET_BUDGET_MAX_CONNECTIONS", "1");
        e.put("CONNBUDGET_BACKEND_ADDRESS", "127.0.0.1:" + database.server().port());
        e.put("CONNBUDGET_BACKEND_USER", database.user());
        e.put("CONNBUDGET_BACKEND_PASSWORD", database.password());
        e.put("CONNBUDGET_BACKEND_TLS_MODE", backend);
        e.put("CONNBUDGET_FRONTEND_TLS_MODE", frontend);
        e.put(
                "CONNBUDGET_FRONTEND_TLS_CERTIFICATE",
                directory.resolve("certificate.pem").toString());
        e.put("CONNBUDGET_FRONTEND_TLS_KEY", directory.resolve("key.pem").toString());
        try (ProxyMetrics metrics = new ProxyMetrics();
                ProxyServer proxy =
                        new ProxyServer(new ConfigLoader(e).load(null, Map.of()).config(), metrics)) {
            proxy.start();
            Await.until("the proxy is ready", () -> proxy.notReadyReason().isEmpty());
            String url = "jdbc:mysql://127.0.0.1:" + port + "/?allowPublicKeyRetrieval=true&sslMode="
                    + (frontend.equals("off") ? "DISABLED" : "REQUIRED");
            try (Connection client = DriverManager.getConnection(url, database.user(), database.password());
                    Statement sql = client.createStatement();
                    ResultSet row = sql.executeQuery("SELECT '" + marker + "'")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isEqualTo(marker);
            }
            return ports(database);
        }
    }

    /** The client's ports of the account's connections, as the server sees them. */
    private static Set<Integer> ports(TestDatabase database) throws SQLException {
        Set<Integer> ports = new TreeSet<>();
        try (Connection administrator = database.server().administrator();
                Statement sql = administrator.createStatement();
                ResultSet rows = sql.executeQuery("SHOW PROCESSLIST")) {
            while (rows.next()) {
                String host = rows.getString("Host");
                if (database.user().equals(rows.getString("User"))) {
                    ports.add(Integer.parseInt(host.substring(host.lastIndexOf(':') + 1)));
                }
            }
        }
        return ports;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void certificate() throws Exception {
        Process openssl = new ProcessBuilder(("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2"
                                + " -keyout key.pem -out certificate.pem")
                        .split(" "))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(openssl.waitFor()).isZero();
    }

    // ---------------------------------------------------------------- the wire

    /** Returns when it has begun. */
    private Process capture(Path file, int... ports) throws Exception {
        List<String> filter = new ArrayList<>();
        for (int port : ports) {
            filter.add("tcp port " + port);
        }
        Path said = directory.resolve("tshark.txt");
        Process tshark = new ProcessBuilder(
                        "tshark", "-i", "lo", "-f", String.join(" or ", filter), "-w", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        Await.until("tshark captures", () -> {
            if (!tshark.isAlive()) {
                throw new AssertionError("tshark: " + Files.readString(said));
            }
            return Files.readString(said).contains("Capturing on") && Files.exists(file) && Files.size(file) > 0;
        });
        return tshark;
    }

    private static int count(byte[] bytes, byte[] text) {
        int found = 0;
        for (int i = 0; i + text.length <= bytes.length; i++) {
            int same = 0;
            while (same < text.length && bytes[i + same] == text[same]) {
                same++;
            }
            found += same == text.length ? 1 : 0;
        }
        return found;
    }

    /** What each connection carried, by tshark. */
    private List<Stream> streams(Path file) throws Exception {
        Path fields = directory.resolve("fields.txt");
        Process tshark = new ProcessBuilder(
                        "tshark",
                        "-r",
                        file.toString(),
                        "-Y",
                        "tcp.len > 0 && !tcp.analysis.retransmission",
                        "-T",
                        "fields",
                        "-e",
                        "tcp.stream",
                        "-e",
                        "tcp.srcport",
                        "-e",
                        "tcp.dstport",
                        "-e",
                        "tcp.payload")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(fields.toFile())
                .start();
        assertThat(tshark.waitFor()).isZero();
        Map<String, Stream> streams = new LinkedHashMap<>();
        for (String line : Files.readAllLines(fields)) {
            String[] field = line.split("\t");
            // Who speaks first is the server: it greets.
            streams.computeIfAbsent(field[0], id -> new Stream(Integer.parseInt(field[1]), Integer.parseInt(field[2])))
                    .add(Integer.parseInt(field[1]), HexFormat.of().parseHex(field[3]));
        }
        return List.copyOf(streams.values());
    }

    private static List<Stream> of(List<Stream> streams, Set<Integer> ports) {
        return streams.stream()
                .filter(stream -> ports.contains(stream.server) || ports.contains(stream.client))
                .toList();
    }

    /** Both directions of one connection. */
    private static final class Stream {
        private final int server;
        private final int client;
        private final ByteArrayOutputStream fromServer = new ByteArrayOutputStream();
        private final ByteArrayOutputStream fromClient = new ByteArrayOutputStream();

        Stream(int server, int client) {
            this.server = server;
            this.client = client;
        }

        void add(int source, byte[] payload) {
            (source == server ? fromServer : fromClient).writeBytes(payload);
        }

        boolean shows(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            return count(fromServer.toByteArray(), bytes) + count(fromClient.toByteArray(), bytes) > 0;
        }

        /** Whether the client's first packet is an SSLRequest. */
        boolean asksForTls() {
            byte[] bytes = fromClient.toByteArray();
            return bytes.length > SSL_REQUEST_BYTES
                    && bytes[0] == SSL_REQUEST_BYTES - 4
                    && bytes[3] == 1
                    && ((bytes[4] & 0xff | (bytes[5] & 0xff) << 8) & CLIENT_SSL) != 0;
        }

        /** What is no TLS record, behind the client's request and the server's greeting. */
        String clearBehindTheRequest() {
            byte[] bytes = fromServer.toByteArray();
            int greeting = 4 + (bytes[0] & 0xff | (bytes[1] & 0xff) << 8);
            return clear(fromClient.toByteArray(), SSL_REQUEST_BYTES) + clear(bytes, greeting);
        }

        private static String clear(byte[] bytes, int from) {
            int at = from;
            while (at < bytes.length) {
                boolean record = bytes.length - at >= TLS_HEADER_BYTES
                        && bytes[at] >= 20
                        && bytes[at] <= 23
                        && bytes[at + 1] == 3
                        && bytes[at + 2] >= 1
                        && bytes[at + 2] <= 3;
                int end = record ? at + TLS_HEADER_BYTES + ((bytes[at + 3] & 0xff) << 8 | bytes[at + 4] & 0xff) : -1;
                if (!record || end > bytes.length) {
                    return HexFormat.of().formatHex(bytes, at, Math.min(bytes.length, at + 64));
                }
                at = end;
            }
            return "";
        }
    }
}
