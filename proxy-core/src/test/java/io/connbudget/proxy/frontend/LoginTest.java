package io.connbudget.proxy.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.connbudget.proxy.config.AccountConfig;
import io.connbudget.proxy.config.FrontendTlsConfig;
import io.connbudget.proxy.config.Secret;
import io.connbudget.proxy.config.StoredSecret;
import io.connbudget.proxy.testing.Eventually;
import io.connbudget.proxy.testing.LiveProxy;
import io.connbudget.proxy.testing.LiveProxy.Options;
import io.connbudget.proxy.testing.MockDatabase;
import io.connbudget.proxy.testing.RawClient;
import io.connbudget.proxy.testing.TestServers;
import io.connbudget.wire.Capabilities;
import io.connbudget.wire.auth.CachingSha2Password;
import io.connbudget.wire.auth.NativePassword;
import io.connbudget.wire.message.AuthSwitchRequest;
import io.connbudget.wire.message.ChangeUser;
import io.connbudget.wire.message.SslRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How clients log in, and what comes before they have. */
class LoginTest {
    private static byte[] login(RawClient client) throws Exception {
        byte[] scramble = NativePassword.scramble(
                "secret".getBytes(StandardCharsets.UTF_8), client.greeting().nonce());
        return RawClient.bytes(
                1, RawClient.response(RawClient.CAPABILITIES, "root", scramble, null, "mysql_native_password"));
    }

    @Test
    void loginMayComeInPiecesAndWithItsFirstCommand() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options());
                RawClient pieces = new RawClient(proxy.port());
                RawClient together = new RawClient(proxy.port())) {
            for (byte b : login(pieces)) {
                pieces.raw(new byte[] {b});
            }
            assertThat(pieces.answer().error()).isZero();
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.writeBytes(login(together));
            both.writeBytes(RawClient.command(3, "SELECT 4"));
            together.raw(both.toByteArray());
            assertThat(together.answer().error()).isZero();
            assertThat(together.answer().value()).isEqualTo("4");
        }
    }

    @Test
    void wrongPasswordAndUnknownUserGetTheSameText() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options());
                RawClient wrong = new RawClient(proxy.port());
                RawClient unknown = new RawClient(proxy.port())) {
            RawClient.Answer first = wrong.authenticate("root", "no", null);
            RawClient.Answer second = unknown.authenticate("toor", "no", null);
            assertThat(first.error()).isEqualTo(1045);
            assertThat(second.error()).isEqualTo(1045);
            assertThat(second.message().replace("toor", "root")).isEqualTo(first.message());
            // The one that the pool keeps idle, whoever comes.
            assertThat(database.server().accepted()).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void strangersAreTurnedAwayAndClientsCountedOut() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().login(Duration.ofMillis(400), 2));
                RawClient silent = new RawClient(proxy.port());
                RawClient http = new RawClient(proxy.port())) {
            silent.greeting();
            http.greeting();
            try (RawClient third = new RawClient(proxy.port())) {
                assertThat(third.answer().error()).isEqualTo(1040);
            }
            http.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(http.ended()).isTrue();
            assertThat(silent.answer().error()).isNotZero();
            assertThat(silent.ended()).isTrue();
            Eventually.await("they are counted out", () -> proxy.frontend.size() == 0);
            proxy.awaitWhole();
        }
    }

    private static byte[] changeTo(String user) {
        return RawClient.bytes(
                0, new ChangeUser(user, new byte[0], "", 45, "mysql_native_password", java.util.Map.of()));
    }

    @Test
    void whoChangesTheAccountHasAsLongAsWhoLogsIn() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options().login(Duration.ofMillis(400), 2));
                RawClient silent = proxy.client();
                RawClient honest = proxy.client()) {
            silent.raw(changeTo("root"));
            assertThat(silent.read()[0] & 0xff).as("asks for the password").isEqualTo(0xfe);
            assertThat(silent.answer().error()).isEqualTo(1159);
            assertThat(silent.ended()).isTrue();

            honest.raw(changeTo("root"));
            AuthSwitchRequest asked = AuthSwitchRequest.decode(Unpooled.wrappedBuffer(honest.read()));
            honest.raw(answer(asked, "secret"));
            assertThat(honest.read()).as("fast success").containsExactly(1, 3);
            assertThat(honest.answer().error()).isZero();
            // Past its time-out.
            Eventually.await("the other one is counted out", () -> proxy.frontend.size() == 1);
            assertThat(honest.query("SELECT 5").value()).isEqualTo("5");
            proxy.awaitWhole();
        }
    }

    @Test
    void nothingRunsBehindARefusedChangeOfTheAccount() throws Exception {
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(database, 1, new Options());
                RawClient client = proxy.client()) {
            database.trap("NEVER", MockDatabase.Trap.ERROR);
            client.raw(join(changeTo("toor"), RawClient.command(3, "UPDATE NEVER SET a = 1")));
            AuthSwitchRequest asked = AuthSwitchRequest.decode(Unpooled.wrappedBuffer(client.read()));
            client.raw(join(answer(asked, "secret"), RawClient.command(3, "DELETE FROM NEVER")));
            assertThat(client.answer().error()).isEqualTo(1045);
            assertThat(client.ended()).isTrue();
            proxy.awaitWhole();
            assertThat(database.sprung()).isZero();
        }
    }

    private static byte[] answer(AuthSwitchRequest asked, String password) {
        byte[] scramble = asked.plugin().equals(NativePassword.PLUGIN)
                ? NativePassword.scramble(password.getBytes(StandardCharsets.UTF_8), asked.nonce())
                : CachingSha2Password.scramble(password.getBytes(StandardCharsets.UTF_8), asked.nonce());
        return RawClient.bytes(2, out -> out.writeBytes(scramble));
    }

    @Test
    void firstTlsRecordMayComeWithTheRequestAndClearTextMayNot(@TempDir Path directory) throws Exception {
        Path key = directory.resolve("key.pem");
        Path certificate = directory.resolve("certificate.pem");
        Process openssl = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-subj",
                        "/CN=localhost",
                        "-days",
                        "2",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(openssl.waitFor()).isZero();
        EmbeddedChannel tls = new EmbeddedChannel(SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build()
                .newHandler(Unpooled.buffer(0).alloc()));
        io.netty.buffer.ByteBuf hello = tls.readOutbound();
        byte[] record = io.netty.buffer.ByteBufUtil.getBytes(hello);
        hello.release();
        byte[] request = RawClient.bytes(1, new SslRequest(RawClient.CAPABILITIES | Capabilities.SSL, 1 << 24, 45));
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database, 1, new Options().tls(FrontendTlsConfig.Mode.REQUIRE, certificate, key));
                RawClient honest = new RawClient(proxy.port());
                RawClient injecting = new RawClient(proxy.port());
                RawClient clear = new RawClient(proxy.port())) {
            honest.greeting();
            honest.raw(join(request, record));
            assertThat(honest.socket.getInputStream().read())
                    .as("a TLS handshake record")
                    .isEqualTo(0x16);
            byte[] inClear = login(injecting);
            injecting.raw(join(request, inClear));
            int first = injecting.socket.getInputStream().read();
            assertThat(first).as("a TLS alert or the end, no OK").isIn(-1, 0x15);
            assertThat(clear.authenticate("root", "secret", null).error()).isEqualTo(3159);
            String url = "jdbc:mysql://127.0.0.1:" + proxy.port() + "/?sslMode=REQUIRED&allowPublicKeyRetrieval=false";
            try (Connection connection = DriverManager.getConnection(url, "root", "secret")) {
                assertThat(connection.isValid(5)).isTrue();
            }
        } finally {
            tls.finishAndReleaseAll();
        }
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] all = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    /** By RSA, as there is no TLS; the second time by the fast hash, so that no key is needed. */
    @Test
    void accountGivenAsTheServerStoresItNeedsThePasswordOnce() throws Exception {
        TestServers server = TestServers.mysql();
        String stored = stored(server, "wt_relay_login", "pass word");
        try (MockDatabase database = new MockDatabase();
                LiveProxy proxy = new LiveProxy(
                        database,
                        1,
                        new Options()
                                .accounts(
                                        AccountConfig.of("sha", StoredSecret.parse(stored), "root", null),
                                        AccountConfig.of("root", Secret.of("secret"))))) {
            String url = "jdbc:mysql://127.0.0.1:" + proxy.port() + "/?sslMode=DISABLED&allowPublicKeyRetrieval=";
            assertThatThrownBy(() -> DriverManager.getConnection(url + true, "sha", "wrong"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("Access denied for user 'sha'");
            DriverManager.getConnection(url + true, "sha", "pass word").close();
            DriverManager.getConnection(url + false, "sha", "pass word").close();
            proxy.awaitWhole();
        }
    }

    private static String stored(TestServers server, String name, String password) throws SQLException {
        String url =
                "jdbc:mysql://" + server.host() + ":" + server.port() + "/?allowPublicKeyRetrieval=true&useSSL=false";
        try (Connection admin = DriverManager.getConnection(url, server.user(), server.password());
                Statement sql = admin.createStatement()) {
            sql.execute("DROP USER IF EXISTS " + name);
            sql.execute("CREATE USER " + name + " IDENTIFIED WITH caching_sha2_password BY '" + password + "'");
            try (ResultSet row = sql.executeQuery(
                    "SELECT CONVERT(authentication_string USING latin1) FROM mysql.user WHERE user='" + name + "'")) {
                row.next();
                return new String(row.getBytes(1), StandardCharsets.UTF_8);
            } finally {
                sql.execute("DROP USER " + name);
            }
        }
    }
}
