package io.connbudget.proxy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.connbudget.proxy.testing.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom the proxy gives its login to: the certificates of a database, and of somebody in front of it. */
class BackendTlsTest {
    private static final int CAPABILITIES = ScriptedServer.CAPABILITIES | ScriptedServer.SSL;
    private static final int SSL_REQUEST_BYTES = 32;

    @TempDir
    static Path directory;

    private static final Map<String, SSLContext> IDENTITIES = new HashMap<>();

    @BeforeAll
    static void certificates() throws Exception {
        for (String ca : List.of("ca", "ca2")) {
            run("req -x509 -newkey rsa:2048 -nodes -subj /CN=" + ca + " -days 2 -keyout " + ca + ".key -out " + ca
                    + ".pem");
        }
        Files.write(
                directory.resolve("bundle.pem"),
                concat(
                        Files.readAllBytes(directory.resolve("ca2.pem")),
                        Files.readAllBytes(directory.resolve("ca.pem"))));
        for (String name : List.of("DNS:localhost", "DNS:db.example", "IP:127.0.0.1", "none")) {
            String file = name.replace(':', '_');
            Files.writeString(
                    directory.resolve("extensions"), name.equals("none") ? "" : "subjectAltName=" + name + "\n");
            // The common name is the host's in any case: it does not count.
            run("req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout " + file + ".key -out " + file + ".csr");
            run("x509 -req -in " + file
                    + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out " + file
                    + ".pem");
            run("pkcs12 -export -inkey " + file + ".key -in " + file + ".pem -out " + file
                    + ".p12 -passout pass:changeit");
            IDENTITIES.put(name, context(directory.resolve(file + ".p12")));
        }
    }

    @AfterAll
    static void forget() {
        IDENTITIES.clear();
    }

    private static void run(String arguments) throws Exception {
        Process openssl = new ProcessBuilder(("openssl " + arguments).split(" "))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(openssl.waitFor()).as(arguments).isZero();
    }

    private static SSLContext context(Path store) throws Exception {
        char[] password = "changeit".toCharArray();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    @ParameterizedTest
    @CsvSource({
        "VERIFY_IDENTITY, 127.0.0.1, IP:127.0.0.1, ca, true",
        "VERIFY_IDENTITY, 127.0.0.1, DNS:localhost, ca, false",
        "VERIFY_IDENTITY, localhost, DNS:localhost, ca, true",
        "VERIFY_IDENTITY, localhost, DNS:localhost, bundle, true",
        "VERIFY_IDENTITY, localhost, DNS:localhost, ca2, false",
        "VERIFY_IDENTITY, localhost, DNS:db.example, ca, false",
        "VERIFY_CA, localhost, DNS:db.example, ca, true",
        "VERIFY_CA, localhost, none, bundle, true",
        "VERIFY_CA, localhost, DNS:localhost, ca2, false",
        // Those of the Java runtime.
        "VERIFY_CA, localhost, DNS:localhost, , false",
        "REQUIRED, localhost, DNS:db.example, , true",
        "PREFERRED, localhost, DNS:db.example, , true",
    })
    void theLoginGoesToWhomTheModeTrusts(SslMode mode, String host, String identity, String ca, boolean trusted)
            throws Exception {
        AtomicInteger logins = new AtomicInteger();
        try (ScriptedServer server = new ScriptedServer(session -> {
                    session.greet(CAPABILITIES);
                    assertThat(session.readPacket()).hasSize(SSL_REQUEST_BYTES);
                    session.startTls(IDENTITIES.get(identity));
                    if (session.readPacket() != null) {
                        logins.incrementAndGet();
                        session.ok(3);
                        session.serve();
                    }
                });
                Pools pools = new Pools(settings(host, server.port(), mode, ca), 1)) {
            if (trusted) {
                BackendConnection backend = pools.borrow();
                assertThat(backend.encrypted()).isTrue();
                pools.pool.giveBack(backend);
                assertThat(logins.get()).isEqualTo(1);
            } else {
                assertThat(pools.failure().kind()).isEqualTo(BackendUnavailable.Kind.UNREACHABLE);
                assertThat(logins.get()).isZero();
            }
        }
    }

    private static BackendSettings settings(String host, int port, SslMode mode, String ca) {
        return Pools.settings(
                host, port, "root", "secret", mode, ca == null ? null : directory.resolve(ca + ".pem"), 1, 0);
    }

    /** Whoever takes TLS out of the greeting gets no login where it is required. */
    @Test
    void withoutTlsThereIsNoLoginWhereItIsRequired() throws Exception {
        for (SslMode mode : List.of(SslMode.REQUIRED, SslMode.VERIFY_CA, SslMode.VERIFY_IDENTITY)) {
            AtomicInteger packets = new AtomicInteger();
            try (ScriptedServer server = new ScriptedServer(session -> {
                        session.greet(ScriptedServer.CAPABILITIES);
                        if (session.readPacket() != null) {
                            packets.incrementAndGet();
                        }
                    });
                    Pools pools = new Pools(settings("127.0.0.1", server.port(), mode, "ca"), 1)) {
                assertThat(pools.failure().kind()).isEqualTo(BackendUnavailable.Kind.UNREACHABLE);
                assertThat(packets.get()).isZero();
            }
        }
    }

    /** An answer in clear text, in front of TLS, would pass for the server's own. */
    @Test
    void whatCameInClearBehindTheGreetingEndsTheConnection() throws Exception {
        for (SslMode mode : List.of(SslMode.PREFERRED, SslMode.REQUIRED, SslMode.VERIFY_CA)) {
            AtomicInteger logins = new AtomicInteger();
            try (ScriptedServer server = new ScriptedServer(session -> {
                        session.raw(concat(session.greeting(CAPABILITIES), ScriptedServer.Session.okPacket(3)));
                        if (session.readPacket() != null) {
                            try {
                                session.startTls(IDENTITIES.get("DNS:localhost"));
                            } catch (IOException e) {
                                return;
                            }
                            if (session.readPacket() != null) {
                                logins.incrementAndGet();
                                session.serve();
                            }
                        }
                    });
                    Pools pools = new Pools(settings("127.0.0.1", server.port(), mode, "ca"), 1)) {
                BackendUnavailable refused = pools.failure();
                assertThat(refused.kind()).isEqualTo(BackendUnavailable.Kind.UNREACHABLE);
                assertThat(refused.getMessage()).containsAnyOf("came unasked", "clear text");
                assertThat(logins.get()).isZero();
            }
        }
    }
}
